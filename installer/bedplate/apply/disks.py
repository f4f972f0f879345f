"""Whole disks: cleared of an earlier life, given their partition table, their ESP formatted.

Old contents are made unrecognisable by zeroing both ends of the disk and of every partition it has
or is to have: that is where file systems, LVM, md, LUKS and ZFS (which keeps half a MiB of labels
at each end) are recognised by. The kernel does the zeroing, by the disk's own command where it has
one: to read first, and write only what is not zero, took five times as long on loop devices. What
is written reaches the disk together with the table, which sfdisk syncs.
"""

from __future__ import annotations

import errno
import fcntl
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import parted

from bedplate.apply.devices import disk_path, partition_path
from bedplate.errors import ApplyError, Problem
from bedplate.model.facts import DiskFact
from bedplate.model.plan import DiskPlan, PartitionPlan, Role
from bedplate.render import mkfs_argv
from bedplate.render.sfdisk import render_sfdisk, write_table
from bedplate.run import Runner
from bedplate.units import MIB

_EDGE_BYTES = MIB
_BLKZEROOUT = 0x127F  # linux/fs.h; takes the first byte and the number of bytes


def clear_disk(found: DiskFact) -> None:
    """Make a disk and all its old partitions look blank.

    Raises `ApplyError` if the kernel says that something uses the disk: a mounted partition, an
    active volume or pool that the facts did not show.
    """
    sector = found.sector_size
    spans = [(0, found.size_bytes)] + [
        (part.first_sector * sector, part.size_bytes) for part in found.partitions
    ]
    with _locked(disk_path(found.id), found.id) as disk:
        zero_edges(disk, spans)


def partition_disk(run: Runner, plan: DiskPlan) -> None:
    """Write a disk's partition table in one go; see `wait_for_partitions` for what follows."""
    path = disk_path(plan.id)
    with _locked(path, plan.id) as disk:
        sector = plan.sector_size
        # The BIOS boot partition is left out: nothing is recognised in what GRUB puts there.
        kept = [part for part in plan.partitions if part.role is not Role.BIOS_BOOT]
        zero_edges(disk, [(part.first_sector * sector, part.size_bytes) for part in kept])
        run(write_table(path), stdin=render_sfdisk(plan))


def check_table(plan: DiskPlan) -> None:
    """Read a new table with libparted, which had no part in writing it.

    Raises `ApplyError` with each partition that is not where it was planned. libparted opens disks
    for writing, which makes udev read them again, so nothing else should be under way.
    """
    path = str(disk_path(plan.id))
    try:
        # libparted remembers devices by path for good, sector size included. Forgetting this one
        # is safe; freeing them all would pull memory from under objects not yet collected.
        parted.getDevice(path).removeFromCache()
        table = parted.newDisk(parted.getDevice(path))
    except (parted.DiskException, parted.IOException) as error:
        message = f"the new partition table cannot be read: {error}"
        raise ApplyError(Problem("table-differs", plan.id, message)) from error
    found = {p.number: (p.geometry.start, p.geometry.end) for p in table.partitions}
    want = {p.number: (p.first_sector, p.last_sector) for p in plan.partitions}
    if found != want:
        message = f"has the partitions {found}, planned were {want} (number: first, last sector)"
        raise ApplyError(Problem("table-differs", plan.id, message))


def format_esp(run: Runner, disk: DiskPlan, partition: PartitionPlan, fat_id: str) -> None:
    """Make a FAT32 file system with a given volume id (`ABCD-1234`)."""
    assert partition.role is Role.ESP
    run(mkfs_argv.make_esp(partition_path(disk, partition), fat_id, disk.sector_size))


def format_swap(run: Runner, disk: DiskPlan, partition: PartitionPlan, uuid: str) -> None:
    """Make swap space with a given UUID."""
    assert partition.role is Role.SWAP
    run(mkfs_argv.make_filesystem(partition_path(disk, partition), "swap", uuid))


def label_esp(run: Runner, disk: DiskPlan, partition: PartitionPlan, label: str) -> None:
    """Give an ESP that is not mounted a volume label.

    After a run that was broken off, the copies of its allocation table may differ; fatlabel then
    refuses to write until they have been made the same.
    """
    place = partition_path(disk, partition)
    if run(mkfs_argv.label_esp(place, label), check=False).code != 0:
        run(mkfs_argv.mend_esp(place), check=False)  # 1 means that something was mended
        run(mkfs_argv.label_esp(place, label))


@contextmanager
def _locked(path: Path, disk_id: str) -> Iterator[int]:
    """Open a disk that nobody uses for writing, and keep udev from probing it meanwhile.

    `O_EXCL` on a block device fails while it, or a partition of it, is mounted or claimed; it is
    asked for only once, because a claim of ours would lock out the tools that we start.
    """
    try:
        os.close(os.open(path, os.O_RDWR | os.O_EXCL))
    except OSError as error:
        if error.errno != errno.EBUSY:
            raise ApplyError(_cannot_open(disk_id, error)) from error
        message = "is in use: the kernel does not let us have it for ourselves"
        hint = "see `lsblk` for what is mounted or active on it"
        raise ApplyError(Problem("disk-in-use", disk_id, message, hint)) from error
    disk = os.open(path, os.O_RDWR)
    try:
        fcntl.flock(disk, fcntl.LOCK_EX)  # https://systemd.io/BLOCK_DEVICE_LOCKING/
        yield disk
    finally:
        os.close(disk)


def _cannot_open(disk_id: str, error: OSError) -> Problem:
    return Problem("disk-unusable", disk_id, f"cannot be opened for writing: {error.strerror}")


def zero_edges(disk: int, spans: list[tuple[int, int]]) -> None:
    """Zero the first and the last MiB of parts of an open device, `(start, size)` in bytes."""
    for start, size in spans:
        edge = min(_EDGE_BYTES, size)
        for offset in {start, start + size - edge}:
            fcntl.ioctl(disk, _BLKZEROOUT, struct.pack("QQ", offset, edge))
