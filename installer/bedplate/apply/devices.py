"""From the plan's names to device nodes, at the moment a command needs one.

A disk is found by its by-id link, a partition by its number in sysfs, so no naming scheme
(`sda3`, `nvme0n1p3`, `mmcblk0p3`) is ever guessed. Waiting is done on udev's events where a udev
daemon runs; the kernel alone is asked where none does.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

import pyudev

from bedplate.apply.blkpg import add_partition, delete_partition
from bedplate.errors import ApplyError, Problem
from bedplate.model.plan import DiskPlan, PartitionPlan, Plan
from bedplate.run import Runner

NODE_DEADLINE_SECONDS = 60.0
_BY_ID = Path("/dev/disk/by-id")
_BY_PARTUUID = Path("/dev/disk/by-partuuid")
_SYS_BLOCK = Path("/sys/class/block")


def is_there(disk_id: str) -> bool:
    """Whether a disk has not gone."""
    return _link(disk_id).is_block_device()


def disk_path(disk_id: str) -> Path:
    """The device node of a disk; raises `ApplyError` if it has gone."""
    link = _link(disk_id)
    if not link.is_block_device():
        raise ApplyError(
            Problem("disk-gone", disk_id, f"{link} is not there any more", "is the disk connected?")
        )
    return link.resolve()


def partition_path(disk: DiskPlan, partition: PartitionPlan) -> Path:
    """The device node of a partition; raises `ApplyError` if the kernel does not show it."""
    return partition_node(disk.id, partition.number)


def partition_node(disk_id: str, number: int) -> Path:
    """The device node of a disk's partition; raises `ApplyError` if the kernel does not show it."""
    node = partition_nodes(disk_path(disk_id)).get(number)
    if node is None or not node.is_block_device():
        raise ApplyError(
            Problem(
                "partition-gone",
                disk_id,
                f"the kernel shows no partition {number}",
                "look at `dmesg` for what it says about the disk",
            )
        )
    return node


def partition_paths(plan: Plan, guids: Iterable[str]) -> list[Path]:
    """The device nodes of partitions of a plan by their GUIDs, as `partition_path` gives them."""
    return [partition_path(*plan.partition(guid)) for guid in guids]


def stable_path(disk: DiskPlan, partition: PartitionPlan) -> Path:
    """The by-id name of a partition, as a pool should remember it; its node where udev is off."""
    if disk.id.startswith("/"):
        return partition_path(disk, partition)
    return _BY_ID / f"{disk.id}-part{partition.number}"


def wait_for_partitions(disks: tuple[DiskPlan, ...], run: Runner) -> None:
    """Return once every planned partition of these disks has its nodes and links.

    udev reads a disk's table again by itself when whoever wrote it closes the disk. Where it does
    not, or does not run, the kernel is told here.

    Raises `ApplyError` naming those that the kernel refuses, or that did not appear within
    `NODE_DEADLINE_SECONDS`.
    """
    settle(run)
    unread = [disk for disk in disks if not _is_read(disk)]
    if unread:
        for disk in unread:
            _tell_kernel(disk)
        settle(run)
    if not wait_until(lambda: all(_is_read(disk) for disk in disks)):
        raise ApplyError(
            [
                Problem("partition-gone", disk.id, "its new partitions did not all appear")
                for disk in disks
                if not _is_read(disk)
            ]
        )


def partition_nodes(disk: Path) -> dict[int, Path]:
    """The nodes of the partitions that the kernel knows, by number."""
    return {
        int(attribute.read_text()): Path("/dev") / attribute.parent.name
        for attribute in (_SYS_BLOCK / disk.name).glob("*/partition")
    }


def udev_is_running() -> bool:
    """Whether a udev daemon answers on its control socket."""
    return Path("/run/udev/control").exists()


def settle(run: Runner) -> None:
    """Return once udev, where it runs, has dealt with what happened so far."""
    if udev_is_running():
        run(["udevadm", "settle", f"--timeout={NODE_DEADLINE_SECONDS:.0f}"])


def _link(disk_id: str) -> Path:
    return Path(disk_id) if disk_id.startswith("/") else _BY_ID / disk_id


def _tell_kernel(disk: DiskPlan) -> None:
    """Announce partition by partition, which also works under a kernel that reads no GPT."""
    path = disk_path(disk.id)
    try:
        with path.open("rb", buffering=0) as device:
            for number in partition_nodes(path):
                # One that stays, because something uses it, is in the way of the new ones.
                with suppress(OSError):
                    delete_partition(device, number)
            for part in disk.partitions:
                add_partition(device, part.number, *_planned_span(disk, part))
    except OSError as error:
        message = f"the kernel does not take its new partitions: {error.strerror}"
        hint = "see `lsblk` for what uses one of the old ones"
        raise ApplyError(Problem("partition-refused", disk.id, message, hint)) from error


def _is_read(disk: DiskPlan) -> bool:
    """Whether the kernel has the planned partitions and no others, and udev their links."""
    path = disk_path(disk.id)
    try:
        nodes = partition_nodes(path)
        return nodes.keys() == {part.number for part in disk.partitions} and all(
            _is_there(disk, part, nodes[part.number]) for part in disk.partitions
        )
    except OSError:  # the kernel is reading the table at this moment
        return False


def _is_there(disk: DiskPlan, part: PartitionPlan, node: Path) -> bool:
    if not node.is_block_device() or _span(node) != _planned_span(disk, part):
        return False
    if not udev_is_running():
        return True
    link = _BY_PARTUUID / part.guid
    return link.exists() and link.resolve() == node and stable_path(disk, part).exists()


def _planned_span(disk: DiskPlan, part: PartitionPlan) -> tuple[int, int]:
    """First byte and size of a partition as it is to be."""
    return part.first_sector * disk.sector_size, part.size_bytes


def _span(node: Path) -> tuple[int, int]:
    """First byte and size of a partition as the kernel has it; sysfs counts 512-byte units."""
    attributes = _SYS_BLOCK / node.name
    start, size = (int((attributes / name).read_text()) for name in ("start", "size"))
    return start * 512, size * 512


def wait_until(condition: Callable[[], bool]) -> bool:
    """Check a condition at every udev event for block devices until it holds or time is up."""
    if condition():
        return True
    monitor = pyudev.Monitor.from_netlink(pyudev.Context())
    monitor.filter_by("block")
    monitor.start()
    end = time.monotonic() + NODE_DEADLINE_SECONDS
    while not condition():
        left = end - time.monotonic()
        if left <= 0:
            return False
        monitor.poll(timeout=min(left, 1.0))
    return True
