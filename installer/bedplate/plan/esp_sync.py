"""The planner of a sync: what every listed ESP of a host should hold, minus what is on it.

A pure function. ESPs that cannot be synced are problems, and do not stop the others.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bedplate.errors import Problem, RefusedError
from bedplate.model.boot_files import ESP_LIST
from bedplate.model.esp import (
    SHIM,
    SIGNED_GRUB,
    SYSTEMD_BOOT,
    EspFact,
    EspFacts,
    LoaderKind,
    SourceFile,
)
from bedplate.model.esp_sync import Lane, SyncPlan
from bedplate.model.nvram import BootEntries, NvramPlan, WantedEntry, boot_label
from bedplate.plan.boot import serial_console
from bedplate.plan.enrolment import REFUSED_MODULE
from bedplate.plan.esp_content import EspShape, firmware_path, kernel_sources
from bedplate.plan.esp_draft import LaneInput
from bedplate.plan.esp_identity import Identified, identify
from bedplate.plan.esp_lane import plan_lane
from bedplate.plan.esp_wanted import has_removable_loader, has_shim, loaders_on
from bedplate.plan.kernels import Selection
from bedplate.plan.nvram import plan_boot_entries

_LOADER_SOURCES = {
    LoaderKind.GRUB: (SHIM, SIGNED_GRUB),
    LoaderKind.SYSTEMD_BOOT: (SYSTEMD_BOOT,),
}
# In the command line of a host whose root is on ZFS; the manual warns in "ZFS Pool Features".
_POOL = re.compile(r"(?:^|\s)root=ZFS=([^/\s]+)")
_PACKAGES = "install systemd-boot-efi, or shim-signed and grub-efi-amd64-signed"


@dataclass(frozen=True, slots=True)
class SyncInput:
    """All that a sync follows from.

    `entries` are the firmware's boot entries, or `None` where those cannot be changed. `spare` are
    the kernels that may be left out, in the order in which they go. `adding` is the FAT id of an
    ESP that is about to be listed.
    """

    facts: EspFacts
    selection: Selection
    spare: tuple[str, ...]
    cmdline: str
    secure_boot: bool = False
    entries: BootEntries | None = None
    adding: str | None = None


def sources_of(selection: Selection) -> tuple[str, ...]:
    """The host's files that ESPs need for these kernels; beside them there are the loaders."""
    return tuple(path for version in selection.boot for path in kernel_sources(version))


def plan_sync(given: SyncInput) -> SyncPlan:
    """What to do to each ESP, and everything that is wrong.

    Raises `RefusedError` on a host whose ESPs nobody keeps in sync, or without any kernel to boot.
    """
    if given.facts.listed is None and given.adding is None:
        raise RefusedError(_unmanaged(given.cmdline))
    sources = {source.path: source for source in given.facts.sources}
    kernels = tuple(v for v in given.selection.boot if {*kernel_sources(v)} <= sources.keys())
    if not kernels:
        if refused := [p for p in given.selection.problems if p.code in REFUSED_MODULE]:
            raise RefusedError(refused)
        message = "has no kernel with an initramfs, and ESPs are not emptied for that"
        hint = "install a kernel, or make its initramfs with `update-initramfs -c -k VERSION`"
        raise RefusedError(Problem("no-kernel", "/boot", message, hint))
    ids = dict.fromkeys((*given.facts.listed_ids, *filter(None, [given.adding])))
    found = identify(given.facts, tuple(ids))
    loader = _choose_loader(given, found.esps, sources)
    lanes = [plan_lane(_lane_input(given, esp, kernels, sources, loader)) for esp in found.esps]
    return SyncPlan(
        lanes=tuple(lane for lane in lanes if isinstance(lane, Lane)),
        nvram=_plan_nvram(given, found, loader),
        problems=(
            *given.selection.problems,
            *found.problems,
            *(problem for problem in lanes if isinstance(problem, Problem)),
            *(p for esp in found.esps if (p := _without_loader(esp, loader, sources)) is not None),
        ),
    )


def has_loader(kind: LoaderKind, sources: dict[str, SourceFile]) -> bool:
    """Whether the host has what ESPs need for a loader."""
    return all(path in sources for path in _LOADER_SOURCES[kind])


def _choose_loader(
    given: SyncInput, esps: tuple[EspFact, ...], sources: dict[str, SourceFile]
) -> LoaderKind:
    """The loader that firmware finds on every ESP: what the host has been started with so far.

    With Secure Boot on that is shim and GRUB, which firmware trusts wherever it comes from.
    """
    seen = {kind for esp in esps for kind in loaders_on(esp)}
    with_grub = has_loader(LoaderKind.GRUB, sources)
    if with_grub and (given.secure_boot or LoaderKind.GRUB in seen):
        return LoaderKind.GRUB
    if has_loader(LoaderKind.SYSTEMD_BOOT, sources) or LoaderKind.SYSTEMD_BOOT in seen:
        return LoaderKind.SYSTEMD_BOOT
    return LoaderKind.GRUB


def _lane_input(
    given: SyncInput,
    esp: EspFact,
    kernels: tuple[str, ...],
    sources: dict[str, SourceFile],
    loader: LoaderKind,
) -> LaneInput:
    present = loaders_on(esp)
    keeps_loaders = _keeps_loaders(given, esp)
    notes = []
    if esp.mounts:
        notes.append(f"is mounted at {', '.join(esp.mounts)}; it need not be")
    if keeps_loaders:
        notes.append("has loaders that are not shim's, left as they are under Secure Boot")
    return LaneInput(
        esp=esp,
        shape=EspShape(
            kernels=kernels,
            cmdline=given.cmdline,
            serial=serial_console(given.cmdline.split()),
            loader=loader,
            other=any(kind is not loader for kind in present),
            default=_default(given.selection, kernels),
            loader_conf=esp.loader_conf,
        ),
        sources=sources,
        boot_image=given.facts.boot_image,
        spare=tuple(version for version in given.spare if version in kernels),
        selected=frozenset(one.version for one in given.selection.selected),
        keeps_loaders=keeps_loaders,
        notes=tuple(notes),
    )


def _keeps_loaders(given: SyncInput, esp: EspFact) -> bool:
    """Whoever starts it under Secure Boot without shim has signed it with a key of his own."""
    return given.secure_boot and has_removable_loader(esp) and not has_shim(esp)


def _default(selection: Selection, kernels: tuple[str, ...]) -> str | None:
    """The kernel that menus name as the one to start; `None` if that is the newest by itself."""
    for pinned in (selection.next_boot_pin, selection.pin):
        if pinned in kernels:
            return pinned
    chosen = selection.default
    return chosen if chosen in kernels and chosen != kernels[0] else None


def _plan_nvram(given: SyncInput, found: Identified, loader: LoaderKind) -> NvramPlan:
    """What makes the firmware know each ESP, by the way to the loader that a sync puts there."""
    if given.entries is None:
        return NvramPlan()
    wanted = [
        WantedEntry(
            partition_guid=esp.guid,
            label=boot_label(esp.serial, esp.disk),
            loader=firmware_path(loader),
        )
        for esp in found.esps
        if esp.guid is not None and not _keeps_loaders(given, esp)
    ]
    # A disk that is only missing comes back, and its entry is of use then.
    listed = given.facts.listed_ids
    is_whole = {esp.fat_id for esp in given.facts.esps}.issuperset(listed)
    partitions = given.facts.partitions if is_whole and not given.facts.unread_disks else None
    return plan_boot_entries(given.entries, wanted, partitions)


def _without_loader(
    esp: EspFact, loader: LoaderKind, sources: dict[str, SourceFile]
) -> Problem | None:
    """An ESP that UEFI firmware could not start from, because this host has no loader for it."""
    if has_loader(loader, sources) or has_removable_loader(esp):
        return None
    message = "has no loader for UEFI, and this host has none to put there"
    return Problem("loader-missing", esp.describe(), message, _PACKAGES)


def _unmanaged(cmdline: str) -> Problem:
    message = f"there is no {ESP_LIST}: nobody keeps the ESPs of this host in sync"
    if pool := _POOL.search(cmdline):
        message += (
            f", and its loader reads the pool {pool[1]} itself: "
            f"after `zpool upgrade {pool[1]}` it might not start any more"
        )
    hint = "`bedplate esp adopt` begins with it, if kernels are to be on the ESPs"
    return Problem("not-managed", "this host", message, hint)
