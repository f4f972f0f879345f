"""Disks that are made of disks: RAID by the firmware or by md, and multipath maps.

To its users a RAID of the firmware and a multipath map are disks, and what they are made of is not.
An array of md alone is something that lies on disks, like a pool: it is a disk only to those who
name it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from bedplate.errors import Problem
from bedplate.model.facts import DiskFact, Facts

_MD = "/dev/md"
_MAPPED = "/dev/mapper/"
# Formats of md that put their superblock behind the data, so that a member looks like the array.
_BEHIND_THE_DATA = frozenset({"0.90", "1.0"})

Wholes = Mapping[str, DiskFact]


def wholes_of(facts: Facts) -> Wholes:
    """The RAIDs of the firmware and the multipath maps of a machine, by path."""
    return {disk.path: disk for disk in facts.disks if _is_map(disk) or _is_firmware_raid(disk)}


def refuse_part(disk: DiskFact, wholes: Wholes) -> Iterator[Problem]:
    """A problem if the disk is only a part of one of the `wholes`."""
    for holder in disk.holders:
        if (whole := wholes.get(holder)) is not None:
            what = "one of the paths to" if _is_map(whole) else "a member of"
            yield Problem(
                "disk-is-part",
                disk.id,
                f"{disk.describe()} is {what} {whole.describe()}",
                f"name {whole.id} instead",
            )


def has_to_be_named(disk: DiskFact) -> bool:
    """Whether no filter may choose the disk: it stands on disks that a filter may choose."""
    return disk.path.startswith(_MD) and not _is_firmware_raid(disk)


def refuse_compound(disk: DiskFact) -> Iterator[Problem]:
    """What keeps the machine from being started from a disk that is made of disks."""
    if _is_map(disk):
        yield Problem(
            "disk-multipath",
            disk.id,
            f"{disk.describe()} is reached by several paths, and the base system has no multipath "
            "tools: an installed host would see each path as a disk of its own",
            "choose a local disk, and give the multipath storage to the host as a datastore",
        )
    metadata, level = (disk.properties.get(f"MD_{key}", "unknown") for key in ("METADATA", "LEVEL"))
    if has_to_be_named(disk) and not (metadata in _BEHIND_THE_DATA and level == "raid1"):
        yield Problem(
            "disk-not-for-firmware",
            disk.id,
            f"{disk.describe()} is an array of md ({level}, metadata {metadata}), and the firmware "
            "finds no partition table on its members",
            "choose the members themselves and a redundant layout, or make the array a raid1 with "
            "metadata 1.0",
        )


def refuse_second_paths(disks: Iterable[DiskFact], facts: Facts) -> Iterator[Problem]:
    """A problem for each disk that the machine has twice, reached by several paths.

    That is how multipath storage looks where multipath tools are not at work. Serial and size are
    compared as well, for not every maker of USB bridges gives each a WWN of its own.
    """
    alike: defaultdict[tuple[str | None, str | None, int], list[str]] = defaultdict(list)
    for disk in facts.disks:
        if disk.wwn is not None and not _is_map(disk):
            alike[_identity(disk)].append(disk.path)
    for disk in disks:
        others = [path for path in alike.get(_identity(disk), ()) if path != disk.path]
        if others and not _is_map(disk):
            yield Problem(
                "disk-twofold",
                disk.id,
                f"{disk.describe()} and {', '.join(others)} are one disk (WWN {disk.wwn}), reached "
                "by several paths",
                "choose another disk, or leave the machine one path to it",
            )


def _identity(disk: DiskFact) -> tuple[str | None, str | None, int]:
    return disk.wwn, disk.serial, disk.size_bytes


def _is_map(disk: DiskFact) -> bool:
    return disk.path.startswith(_MAPPED)


def _is_firmware_raid(disk: DiskFact) -> bool:
    """Whether the firmware knows the array, too: md keeps these inside of containers."""
    return "MD_CONTAINER" in disk.properties
