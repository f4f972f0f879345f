"""The plan's volume group and volumes. lvcreate(8), lvmthin(7)."""

from __future__ import annotations

import json
from pathlib import Path

from bedplate.apply.devices import partition_paths
from bedplate.apply.mounts import Held
from bedplate.errors import ApplyError, Problem
from bedplate.model.plan import LvmStorage, Plan, Volume
from bedplate.model.step import FormatVolume
from bedplate.render import lvm_argv, md_argv, mkfs_argv
from bedplate.run import Runner


def create_volume_group(run: Runner, plan: Plan, storage: LvmStorage) -> None:
    """Make the PVs, and the VG on them.

    What an interrupted run left of the group is removed first; the planner has made sure that no
    other group of that name exists.
    """
    if exists(run, storage):
        run(["vgremove", "--yes", "--force", "--force", storage.vg])
    pvs = _pv_paths(plan, storage)
    run(lvm_argv.create_pvs(pvs))
    run(lvm_argv.create_group(storage, pvs))


def create_volume(run: Runner, storage: LvmStorage, volume: Volume) -> None:
    """Create one volume.

    The group is this run's own, so a volume that is there already is half of an interrupted step.
    """
    if lvm_argv.volume_path(storage, volume.name).exists():
        run(["lvremove", "--yes", f"{storage.vg}/{volume.name}"])
    run(lvm_argv.create_volume(storage, volume))


def format_volume(run: Runner, storage: LvmStorage, step: FormatVolume) -> None:
    """Make the file system or swap space a step asks for, with its planned UUID."""
    device = lvm_argv.volume_path(storage, step.volume)
    run(mkfs_argv.make_filesystem(device, step.filesystem, step.uuid))


def check_volumes(run: Runner, storage: LvmStorage) -> None:
    """Compare the volumes of a group with the plan, while they can be seen.

    A group that is on an array vanishes with it, so looking at the machine when the run is over
    finds the array's members only. Raises `ApplyError` naming each volume that differs.
    """
    report = ["--reportformat", "json", "--units", "b", "--nosuffix"]
    columns = ["-o", "lv_name,lv_size,lv_metadata_size"]
    rows = json.loads(run(["lvs", *report, *columns, storage.vg]).stdout)["report"][0]["lv"]
    have = {row["lv_name"]: (row["lv_size"], row["lv_metadata_size"]) for row in rows}
    want = {v.name: (str(v.size_bytes), str(v.metadata_size_bytes or "")) for v in storage.volumes}
    problems = [
        Problem(
            "volume-differs",
            f"{storage.vg}/{name}",
            f"has the sizes {have.get(name)}, planned were {want.get(name)}",
        )
        for name in sorted(have.keys() | want.keys())
        if have.get(name) != want.get(name)
    ]
    if problems:
        raise ApplyError(problems)


def activate(run: Runner, held: Held, storage: LvmStorage) -> None:
    """Put the VG's volumes on the device mapper; they are held until `held` is released."""
    held.take(f"VG {storage.vg}", lambda: deactivate(run, storage))
    run(lvm_argv.activate_group(storage))


def deactivate(run: Runner, storage: LvmStorage) -> None:
    """Take the VG's volumes off the device mapper, if there is such a VG."""
    if exists(run, storage):
        run(lvm_argv.deactivate_group(storage))


def exists(run: Runner, storage: LvmStorage) -> bool:
    """Whether there is a VG of that name."""
    return run(["vgs", "--noheadings", "-o", "vg_name", storage.vg], check=False).code == 0


def _pv_paths(plan: Plan, storage: LvmStorage) -> list[Path]:
    if storage.array is not None:
        return [md_argv.array_path(storage.array)]
    return partition_paths(plan, storage.pvs)
