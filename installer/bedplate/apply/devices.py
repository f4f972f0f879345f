"""From the plan's names to device nodes, at the moment a command needs one.

A disk is found by its by-id link, a partition by its number in sysfs, so no naming scheme
(`sda3`, `nvme0n1p3`, `mmcblk0p3`) is ever guessed. Waiting is done on udev's events where a udev
daemon runs; the kernel alone is asked where none does.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pyudev

from bedplate.errors import ApplyError, Problem
from bedplate.model.plan import DiskPlan, PartitionPlan
from bedplate.run import Runner

NODE_DEADLINE_SECONDS = 60.0
_BY_ID = Path("/dev/disk/by-id")
_BY_PARTUUID = Path("/dev/disk/by-partuuid")
_SYS_BLOCK = Path("/sys/class/block")


def disk_path(disk_id: str) -> Path:
    """The device node of a disk; raises `ApplyError` if it has gone."""
    link = Path(disk_id) if disk_id.startswith("/") else _BY_ID / disk_id
    if not link.is_block_device():
        raise ApplyError(
            Problem("disk-gone", disk_id, f"{link} is not there any more", "is the disk connected?")
        )
    return link.resolve()


def partition_path(disk: DiskPlan, partition: PartitionPlan) -> Path:
    """The device node of a partition; raises `ApplyError` if the kernel does not show it."""
    node = _partition_node(disk_path(disk.id), partition.number)
    if node is None:
        raise ApplyError(
            Problem(
                "partition-gone",
                disk.id,
                f"the kernel shows no partition {partition.number}",
                "look at `dmesg` for what it says about the disk",
            )
        )
    return node


def stable_path(disk: DiskPlan, partition: PartitionPlan) -> Path:
    """The by-id name of a partition, as a pool should remember it; its node where udev is off."""
    if disk.id.startswith("/"):
        return partition_path(disk, partition)
    return _BY_ID / f"{disk.id}-part{partition.number}"


def wait_for_partitions(disks: tuple[DiskPlan, ...], run: Runner) -> None:
    """Return once every planned partition of these disks has its nodes and links.

    Raises `ApplyError` naming those that did not appear within `NODE_DEADLINE_SECONDS`.
    """
    if udev_is_running():
        run(["udevadm", "settle", f"--timeout={NODE_DEADLINE_SECONDS:.0f}"])
    if _wait(lambda: not _missing(disks)):
        return
    raise ApplyError(
        [
            Problem("partition-gone", where, "did not appear after the table was written")
            for where in _missing(disks)
        ]
    )


def udev_is_running() -> bool:
    """Whether a udev daemon answers on its control socket."""
    return Path("/run/udev/control").exists()


def _missing(disks: tuple[DiskPlan, ...]) -> list[str]:
    return [
        f"{disk.id} partition {part.number}"
        for disk in disks
        for part in disk.partitions
        if not _is_there(disk, part)
    ]


def _is_there(disk: DiskPlan, part: PartitionPlan) -> bool:
    node = _partition_node(disk_path(disk.id), part.number)
    if node is None:
        return False
    if not udev_is_running():
        return True
    link = _BY_PARTUUID / part.guid
    return link.exists() and link.resolve() == node and stable_path(disk, part).exists()


def _partition_node(disk: Path, number: int) -> Path | None:
    for attribute in (_SYS_BLOCK / disk.name).glob("*/partition"):
        if attribute.read_text().strip() == str(number):
            node = Path("/dev") / attribute.parent.name
            return node if node.is_block_device() else None
    return None


def _wait(condition: Callable[[], bool]) -> bool:
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
