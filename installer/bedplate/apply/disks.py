"""Whole disks: cleared of an earlier life, given their partition table, their ESP formatted.

The kernel does the zeroing, by the disk's own command where it has one: to read first, and write
only what is not zero, took five times as long on loop devices. What is written reaches the disk
together with the table, which sfdisk syncs.
"""

from __future__ import annotations

import fcntl
import struct
from collections.abc import Iterable

import parted

from bedplate.apply.claims import Claims
from bedplate.apply.devices import disk_path, partition_nodes, partition_path
from bedplate.errors import ApplyError, Problem
from bedplate.model.facts import DiskFact
from bedplate.model.plan import DiskPlan, PartitionPlan, Role
from bedplate.render import mkfs_argv
from bedplate.render.clearing import Span, ends_of, is_signed, signed_partitions, spans_to_clear
from bedplate.render.release_argv import wipe_signatures
from bedplate.render.sfdisk import render_sfdisk, write_table
from bedplate.run import Runner

_BLKZEROOUT = 0x127F  # linux/fs.h; takes the first byte and the number of bytes


def clear_disk(run: Runner, found: DiskFact, claims: Claims) -> None:
    """Make a disk and all its old partitions look blank.

    Raises `ApplyError` if the kernel says that something uses one of the claimed disks: a mounted
    partition, an active volume or pool that the facts did not show.
    """
    disk = claims.disk(found.id)
    path = disk_path(found.id)
    there = partition_nodes(path)
    nodes = [there[number] for number in signed_partitions(found) if number in there]
    if is_signed(found):
        nodes.append(path)
    if nodes:
        run(wipe_signatures(nodes))
    zero_edges(disk, spans_to_clear(found))


def partition_disk(run: Runner, plan: DiskPlan, claims: Claims) -> None:
    """Write a disk's partition table in one go; see `wait_for_partitions` for what follows.

    udev reads the table again when the claim is released.
    """
    sector = plan.sector_size
    # The BIOS boot partition is left out: nothing is recognised in what GRUB puts there.
    kept = [part for part in plan.partitions if part.role is not Role.BIOS_BOOT]
    disk = claims.disk(plan.id)
    zero_edges(disk, [(part.first_sector * sector, part.size_bytes) for part in kept])
    run(write_table(disk_path(plan.id)), stdin=render_sfdisk(plan))


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


def zero_edges(disk: int, spans: Iterable[Span]) -> None:
    """Zero the first and the last MiB of parts of an open device."""
    for start, size in ends_of(spans):
        fcntl.ioctl(disk, _BLKZEROOUT, struct.pack("QQ", start, size))
