"""The commands by which what is on disks is made to use more of them.

sfdisk(8), zpool-online(8), mdadm(8), pvresize(8), btrfs-filesystem(8).
"""

from __future__ import annotations

from collections.abc import Iterable

from bedplate.render.argv import Argv, Place


def move_backup_table(disk: Place) -> Argv:
    """Put the backup of a GPT at the end of a disk that has become larger."""
    return ["sfdisk", "--relocate", "gpt-bak-std", disk]


def resize_entry(disk: Place, number: int) -> Argv:
    """Change one entry of a table, as `entry_size` says; the kernel is told by somebody else.

    --force because the disk is in use.
    """
    quiet = ["--quiet", "--force", "--no-reread", "--no-tell-kernel"]
    return ["sfdisk", *quiet, "--partno", str(number), disk]


def entry_size(sectors: int) -> str:
    """What sfdisk reads: a new size, everything else as it is."""
    return f", {sectors}\n"


def grow_pool(pool: str, members: Iterable[str]) -> Argv:
    """Have a pool use members, known by their guids, to their end."""
    return ["zpool", "online", "-e", pool, *members]


def grow_array(array: Place) -> Argv:
    """Have an array use its members to their end."""
    return ["mdadm", "--grow", array, "--quiet", "--size=max"]


def grow_pv(device: Place) -> Argv:
    """Have a PV use its device to the end."""
    return ["pvresize", "--quiet", device]


def grow_btrfs(at: Place, member: str) -> Argv:
    """Have a btrfs use a device, known by its number, to its end."""
    return ["btrfs", "filesystem", "resize", f"{member}:max", at]
