"""The commands that make file systems and swap space, each with its planned id."""

from __future__ import annotations

from typing import Literal, assert_never

from bedplate.render.argv import Argv, Place


def make_esp(place: Place, fat_id: str, sector_size: int) -> Argv:
    """Make FAT32 with a given volume id (`ABCD-1234`). mkfs.fat(8)."""
    # With 4096-byte sectors mkfs.fat's default cluster leaves too few clusters for FAT32.
    cluster = ["-s", "1"] if sector_size == 4096 else []
    return ["mkfs.vfat", "-F", "32", *cluster, "-i", fat_id.replace("-", ""), place]


def set_type(disk: Place, number: int, type_guid: str) -> Argv:
    """Have the table call a partition something else, and change nothing more. sfdisk(8)."""
    # The kernel does not care for types, and would refuse to read the table of a disk in use again.
    quietly = ["--quiet", "--no-reread", "--no-tell-kernel"]
    return ["sfdisk", *quietly, "--part-type", disk, str(number), type_guid]


def label_esp(place: Place, label: str) -> Argv:
    """Change the volume label of a FAT file system that is not mounted. fatlabel(8)."""
    return ["fatlabel", place, label]


def mend_esp(place: Place) -> Argv:
    """Mend a FAT file system that is not mounted, without a question. fsck.fat(8)."""
    return ["fsck.fat", "-a", place]


def make_filesystem(place: Place, filesystem: Literal["ext4", "xfs", "swap"], uuid: str) -> Argv:
    """Make a file system or swap space. mkfs.ext4(8), mkfs.xfs(8), mkswap(8)."""
    match filesystem:
        case "ext4":
            return ["mkfs.ext4", "-q", "-F", "-U", uuid, place]
        case "xfs":
            return ["mkfs.xfs", "-q", "-f", "-m", f"uuid={uuid}", place]
        case "swap":
            return ["mkswap", "--force", "--uuid", uuid, place]
        case other:
            assert_never(other)
