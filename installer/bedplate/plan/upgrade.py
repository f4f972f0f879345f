"""Whether packages may be brought up to date, what has changed then, and whether to restart.

Pure functions of what dpkg and apt say.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from bedplate.errors import Problem
from bedplate.model.updates import Kind, Package, PackageChange, Upgrade

_SHOWN = 8
# What a host cannot do without, and what for. The first that fits counts.
_NEEDED = (
    (r"bedplate", "keeps its boot disks bootable"),
    (r"proxmox-ve", "is what makes it a Proxmox VE host"),
    (r"(linux-image|linux-headers)-[a-z0-9]+|proxmox-default-kernel|(proxmox|pve)-kernel-\d+\.\d+",
     "brings it new kernels"),
    (r"zfs-dkms|zfsutils-linux|zfs-initramfs", "reads its ZFS pools"),
    (r"lvm2|mdadm|btrfs-progs|cryptsetup(-.*)?|thin-provisioning-tools", "reads its disks"),
    (r"grub2-common|grub-(pc|efi)-.*|shim-(signed|helpers).*|systemd-boot(-.*)?|efibootmgr"
     r"|proxmox-(grub|kernel-helper|secure-boot-support)", "starts it"),
    (r"initramfs-tools|dracut|systemd-sysv|udev", "starts it"),
    (r"ifupdown2?|openssh-server", "lets you reach it"),
)  # fmt: skip


def refuse_state(packages: Sequence[Package], *, was_interrupted: bool) -> tuple[Problem, ...]:
    """Why nothing should be done to packages before something is mended."""
    hint = "run `dpkg --configure -a`, then `apt-get --fix-broken install`, and try again"
    unfinished = [package.name for package in packages if package.is_unfinished]
    problems = []
    if was_interrupted:
        message = "was ended in the middle of its work, and does nothing before that is finished"
        problems.append(Problem("dpkg-interrupted", "dpkg", message, hint))
    if unfinished:
        message = f"has not finished with {_some(unfinished)}"
        problems.append(Problem("dpkg-unfinished", "dpkg", message, hint))
    return tuple(problems)


def refuse_removals(upgrade: Upgrade, running: str | None) -> tuple[Problem, ...]:
    """Packages that the host stands on, and that an upgrade would take away."""
    return tuple(
        Problem(
            "needed-removed",
            change.name,
            f"would be removed, and {what_for}",
            "look at the repositories first (`bedplate repo check`); --force does it all the same",
        )
        for change in upgrade.of(Kind.REMOVE)
        if (what_for := _needed_for(change.name.partition(":")[0], running))
    )


def _needed_for(name: str, running: str | None) -> str:
    if running is not None and re.fullmatch(rf"[a-z-]+-{re.escape(running)}(-signed)?", name):
        return "is the kernel that runs now"
    return next((what for pattern, what in _NEEDED if re.fullmatch(pattern, name)), "")


def changes_between(
    before: Sequence[Package], after: Sequence[Package]
) -> tuple[PackageChange, ...]:
    """What is different in what dpkg knows."""
    was = {one.name: one.version for one in before if one.is_there}
    now = {one.name: one.version for one in after if one.is_there}
    return tuple(
        PackageChange.between(name, was.get(name), now.get(name))
        for name in sorted({*was, *now})
        if was.get(name) != now.get(name)
    )


def reboot_reasons(
    running: str | None, default: str | None, wish: Collection[str] | None
) -> Iterator[str]:
    """Why the host should be restarted: the kernel that would start, and what packages ask for."""
    if running is not None and default is not None and default != running:
        yield f"the kernel {running} runs, and {default} would start"
    if wish is not None:
        yield f"{_some(wish)} ask for it" if wish else "a package asks for it"


def _some(names: Collection[str]) -> str:
    shown = ", ".join(list(names)[:_SHOWN])
    more = len(names) - _SHOWN
    return f"{shown} and {more} more" if more > 0 else shown
