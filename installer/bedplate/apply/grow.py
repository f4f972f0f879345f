"""Makes partitions that are in use larger, and what is on them too. All of it may be done twice."""

from __future__ import annotations

from pathlib import Path
from typing import assert_never

from bedplate.apply.blkpg import resize_partition
from bedplate.apply.devices import disk_path, partition_node, settle
from bedplate.errors import ApplyError, Problem
from bedplate.model.disk_change import GrowArray, GrowBtrfs, GrowPartition, GrowPool, GrowStep
from bedplate.model.facts import DiskFact
from bedplate.render import grow_argv
from bedplate.run import Runner

_SYS_BLOCK = Path("/sys/class/block")
_KERNEL_SECTOR = 512


def grow_partition(run: Runner, step: GrowPartition, found: DiskFact) -> None:
    """Change a partition's entry, and what the kernel knows of it.

    Raises `CommandError` or `ApplyError` if the one or the other is refused.
    """
    disk = disk_path(step.disk)
    if found.stale_backup_sector is not None:
        run(grow_argv.move_backup_table(disk))
    sectors = step.size_bytes // step.sector_size
    run(grow_argv.resize_entry(disk, step.number), stdin=grow_argv.entry_size(sectors))
    node = partition_node(step.disk, step.number)
    start = int((_SYS_BLOCK / node.name / "start").read_text()) * _KERNEL_SECTOR
    try:
        with disk.open("rb", buffering=0) as device:
            resize_partition(device, step.number, start, step.size_bytes)
    except OSError as error:
        message = f"the kernel does not let {node} grow: {error.strerror}"
        hint = "the table is written; it does after the next start of the host"
        raise ApplyError(Problem("partition-refused", step.disk, message, hint)) from error
    settle(run)


def grow(run: Runner, step: GrowStep) -> None:
    """Have a store use its members to their end."""
    match step:
        case GrowPool(pool=pool, members=members):
            run(grow_argv.grow_pool(pool, members))
        case GrowArray(array=array, has_pv=has_pv):
            run(grow_argv.grow_array(Path(array)))
            if has_pv:
                run(grow_argv.grow_pv(Path(array)))
        case GrowBtrfs(at=at, members=members):
            for member in members:
                run(grow_argv.grow_btrfs(Path(at), member))
        case other:
            assert_never(other)
