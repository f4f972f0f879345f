"""Which kernels a host's boot menus offer, and which of them starts.

The rule is the manual's (proxmox-boot-tool): the running kernel, the one that is being installed,
the two newest, the newest of the series before, the pinned and the manually selected ones. It is
applied to each flavour of Debian's kernels, and to self-built ones, in the same way: decision 0013.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from bedplate.errors import Problem
from bedplate.model.kernels import HostKernels
from bedplate.plan.kernel_packages import (
    Flavour,
    Packaged,
    is_installed,
    is_kept,
    newest_first,
    packaged,
    series_of,
)
from bedplate.plan.kernel_problems import kernel_problems

_KEPT_OF_EACH = 2
_RANKS = {
    Flavour.PROXMOX: 0,
    Flavour.DEBIAN: 1,
    Flavour.DEBIAN_CLOUD: 1,
    Flavour.DEBIAN_RT: 1,
    Flavour.OWN: 2,
}


class Reason(StrEnum):
    """Why a kernel is selected."""

    MANUAL = "manual"
    PIN = "pin"
    NEXT_BOOT_PIN = "next-boot-pin"
    RUNNING = "running"
    INSTALLING = "installing"
    NEWEST = "newest"
    SERIES = "newest-of-series"
    ONLY_BOOTABLE = "only-bootable"


@dataclass(frozen=True, slots=True)
class Selected:
    """A kernel that the rule selects, whether it lies in /boot or not, with all the reasons."""

    version: str
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Selection:
    """What a host is to boot. Every list has the newest kernel first.

    `boot` are the selected kernels that lie in /boot with an initramfs; it is only empty if no
    kernel does. `default` is the one of them that starts if nobody chooses: the pinned one for the
    next boot, else the pinned one, else the newest; on synced ESPs Proxmox's newest before Debian's
    and that before a self-built one. `problems` are what an administrator has to mend; they do not
    change the rest.
    """

    selected: tuple[Selected, ...]
    boot: tuple[str, ...]
    default: str | None
    pin: str | None
    next_boot_pin: str | None
    problems: tuple[Problem, ...]

    @property
    def manual(self) -> tuple[str, ...]:
        """The versions that the administrator selected."""
        return tuple(one.version for one in self.selected if Reason.MANUAL in one.reasons)

    @property
    def automatic(self) -> tuple[str, ...]:
        """The versions that are selected beside the manual ones."""
        return tuple(one.version for one in self.selected if Reason.MANUAL not in one.reasons)

    def reasons(self, version: str) -> tuple[Reason, ...]:
        """Why a version is selected; empty if it is not."""
        return next((one.reasons for one in self.selected if one.version == version), ())


def select_kernels(host: HostKernels, installing: str | None = None) -> Selection:
    """Select kernels by the rule; `installing` is the version whose package is being configured."""
    rivals = _rivals(host)
    reasons = _by_the_rule(host, rivals, installing)
    bootable = newest_first(kernel.version for kernel in host.in_boot if kernel.is_bootable)
    if bootable and not any(version in reasons for version in bootable):
        reasons[bootable[0]] = [Reason.ONLY_BOOTABLE]
    boot = tuple(version for version in bootable if version in reasons)
    return Selection(
        selected=tuple(
            Selected(version, tuple(reasons[version])) for version in newest_first(reasons)
        ),
        boot=boot,
        default=_default(host, boot, rivals),
        pin=host.lists.pin,
        next_boot_pin=host.lists.next_boot_pin,
        problems=tuple(kernel_problems(host, reasons)),
    )


def first_to_go(selection: Selection, running: str | None) -> tuple[str, ...]:
    """The kernels that an ESP without room for all may do without, in the order in which they go.

    The oldest goes first, what the administrator selected last. Never the running kernel, the
    default or a pinned one, and so never the only bootable one.
    """
    kept = {running, selection.default, selection.pin, selection.next_boot_pin}
    spare = [version for version in reversed(selection.boot) if version not in kept]
    manual = set(selection.manual)
    return tuple(sorted(spare, key=lambda version: version in manual))


def _by_the_rule(
    host: HostKernels, rivals: Mapping[Flavour, tuple[str, ...]], installing: str | None
) -> dict[str, list[Reason]]:
    """Every version that the rule selects, with the reasons."""
    reasons: defaultdict[str, list[Reason]] = defaultdict(list)
    for version in dict.fromkeys(host.lists.manual):
        reasons[version].append(Reason.MANUAL)
    single = {
        Reason.PIN: host.lists.pin,
        Reason.NEXT_BOOT_PIN: host.lists.next_boot_pin,
        # Where the running kernel was removed from /boot, no loader can start it again.
        Reason.RUNNING: host.running if host.running and host.find(host.running) else None,
        Reason.INSTALLING: installing,
    }
    for reason, one in single.items():
        if one is not None:
            reasons[one].append(reason)
    for flavour, versions in rivals.items():
        for version in versions[:_KEPT_OF_EACH]:
            reasons[version].append(Reason.NEWEST)
        before = _series_before(host, flavour, versions)
        of_it = (version for version in versions if series_of(version) == before)
        if (newest := next(of_it, None)) is not None:
            reasons[newest].append(Reason.SERIES)
    return dict(reasons)


def _rivals(host: HostKernels) -> dict[Flavour, tuple[str, ...]]:
    """The kernels that count, by flavour, the newest first.

    They are those of packages that are to stay installed, and those in /boot that are of none and
    can be started: nobody promised that they can.
    """
    # Debian's packages have no capitals in their names; a self-built kernel's version may.
    in_boot = {kernel.version.lower(): kernel for kernel in host.in_boot}
    counted: defaultdict[Flavour, list[str]] = defaultdict(list)
    for packaged_one, stays in _packaged_kernels(host):
        kernel = in_boot.pop(packaged_one.version, None)
        if stays:
            version = packaged_one.version if kernel is None else kernel.version
            counted[packaged_one.flavour].append(version)
    counted[Flavour.OWN] += [one.version for one in in_boot.values() if one.is_bootable]
    return {flavour: newest_first(versions) for flavour, versions in counted.items()}


def _packaged_kernels(host: HostKernels) -> Iterator[tuple[Packaged, bool]]:
    """The kernels of installed packages, each once, and whether a package of it is to stay."""
    stays: dict[Packaged, bool] = {}
    for package in filter(is_installed, host.packages):
        kernel = packaged(package)
        if kernel is not None and not kernel.is_series:
            stays[kernel] = stays.get(kernel, False) or is_kept(package)
    yield from stays.items()


def _series_before(host: HostKernels, flavour: Flavour, versions: Iterable[str]) -> str | None:
    """The second newest series; of Proxmox's only those whose own package is installed."""
    series: Iterable[str] = map(series_of, versions)
    if flavour is Flavour.PROXMOX:
        kernels = map(packaged, filter(is_kept, host.packages))
        series = (kernel.version for kernel in kernels if kernel is not None and kernel.is_series)
    newest = newest_first(series)
    return newest[1] if len(newest) > 1 else None


def _default(
    host: HostKernels, boot: tuple[str, ...], rivals: Mapping[Flavour, tuple[str, ...]]
) -> str | None:
    for pinned in (host.lists.next_boot_pin, host.lists.pin):
        if pinned in boot:
            return pinned
    if not host.managed:
        return boot[0] if boot else None  # update-grub sorts all kernels alike
    ranks = {version: _RANKS[flavour] for flavour in rivals for version in rivals[flavour]}
    return min(boot, key=lambda version: ranks.get(version, len(_RANKS)), default=None)
