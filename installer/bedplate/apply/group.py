"""Moves a volume group from a partition to an array of one member, while the host runs from it.

Each step asks LVM and md what was done already: the machine may have been started again since, and
LVM goes on by itself with what it has begun to move.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import assert_never

from bedplate.apply import md
from bedplate.apply.devices import disk_path, partition_path, settle
from bedplate.apply.join import WEEK_SECONDS, Heard
from bedplate.errors import ApplyError, Problem
from bedplate.model.disk_change import (
    DiskChange,
    ExtendGroup,
    GroupStep,
    MakeArray,
    MoveVolumes,
    ReduceGroup,
)
from bedplate.model.plan import DiskPlan, PartitionPlan
from bedplate.render import group_argv, mkfs_argv
from bedplate.run import Runner


@dataclass(frozen=True, slots=True)
class Pv:
    """A PV: its VG, "" if it is in none, and how much of it is used."""

    vg: str
    used_bytes: int


def carry_out(run: Runner, step: GroupStep, plan: DiskChange, heard: Heard) -> None:
    """Do one of the steps, or what is left of it; see the module.

    Raises `CommandError` or `ApplyError` where it cannot be done: everything is on one of the two
    disks then, or on both, and the same step goes on with it.
    """
    match step:
        case MakeArray():
            md.make_alone(run, step.array, partition_path(*plan.partition(step.partition_guid)))
            settle(run)
        case ExtendGroup():
            _extend(run, step.vg, Path(step.array))
        case MoveVolumes():
            _move(run, partition_path(*plan.partition(step.partition_guid)), step, heard)
        case ReduceGroup():
            _reduce(run, step.vg, *plan.partition(step.partition_guid))
            settle(run)
        case other:
            assert_never(other)


def _extend(run: Runner, vg: str, array: Path) -> None:
    there = pvs_of(run).get(array.resolve())
    if there is None:
        run(group_argv.create_pv(array))
    if there is None or there.vg != vg:
        run(group_argv.extend_group(vg, array))


def _move(run: Runner, old: Path, step: MoveVolumes, heard: Heard) -> None:
    """What an earlier attempt began LVM may have brought to its end by itself, at any moment."""

    def listen(line: str) -> None:
        if (done := group_argv.moved_in(line)) is not None:
            heard(done)

    if not _used_bytes(run, old):
        return
    argv = group_argv.move_volumes(old, Path(step.array))
    ended = run(argv, check=False, timeout=WEEK_SECONDS, on_line=listen)
    if left := _used_bytes(run, old):
        message = f"{old} still holds {left} bytes of it after pvmove: {ended.stderr.strip()}"
        hint = "no data is lost, but both disks are needed now; `dmesg` may say why"
        raise ApplyError(Problem("move-failed", step.vg, message, hint))


def _reduce(run: Runner, vg: str, disk: DiskPlan, part: PartitionPlan) -> None:
    """Its type in the table is that of an array's member from then on."""
    old = partition_path(disk, part)
    there = pvs_of(run).get(old)
    if there is not None and there.vg == vg:
        run(group_argv.reduce_group(vg, old))
    if there is not None:
        run(group_argv.remove_pv(old))
    run(mkfs_argv.set_type(disk_path(disk.id), part.number, part.type_guid))


def _used_bytes(run: Runner, pv: Path) -> int:
    there = pvs_of(run).get(pv)
    return there.used_bytes if there is not None else 0


def pvs_of(run: Runner) -> dict[Path, Pv]:
    """Every PV by its node."""
    rows = json.loads(run(group_argv.report_pvs()).stdout)["report"][0]["pv"]
    return {Path(row["pv_name"]).resolve(): Pv(row["vg_name"], int(row["pv_used"])) for row in rows}
