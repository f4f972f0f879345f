"""A plan as text for people: what will be lost first, then what will be there, then what is done.

Plain text of at most 100 columns, so that it reads the same on a serial console, in a mail and in
a review; the machine-readable form is the plan's JSON.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from bedplate.model.plan import BtrfsStorage, FilePlan, LvmStorage, Plan, ZfsStorage
from bedplate.render.plan_bars import group_alike, loaders_by_disk
from bedplate.render.plan_files import fate
from bedplate.render.plan_page import destroyed, page, step_lines, table_lines
from bedplate.render.plan_tree import btrfs_text, partition_path, properties_text
from bedplate.units import human


def render_plan(plan: Plan) -> str:
    """The whole plan but for what is in the files: that is for `render_files`."""
    sections = (
        (f"Plan: {plan.layout} for {plan.hostname}", ()),
        ("EVERYTHING ON THESE DISKS WILL BE DESTROYED", destroyed(plan.steps)),
        ("Warnings", (f"  ! {warning}" for warning in plan.warnings)),
        ("Disks", _disks(plan)),
        ("Storage", _storage(plan)),
        ("Boot", _boot(plan)),
        ("Files", (_file(file) for file in plan.files)),
        ("Steps", step_lines(plan.steps)),
    )
    return page(sections)


def _disks(plan: Plan) -> Iterator[str]:
    """Disks planned alike by their names first, then the bar and the table that hold for each."""
    for alike in group_alike(plan):
        for disk in alike.disks:
            size = f"{human(disk.size_bytes)}, {disk.sector_size}-byte sectors"
            yield f"  {disk.path}  {disk.id}  {size}"
        yield from table_lines(alike.first)


def _storage(plan: Plan) -> Iterator[str]:
    match plan.storage:
        case ZfsStorage():
            yield from _pool(plan, plan.storage)
        case LvmStorage():
            yield from _volume_group(plan, plan.storage)
        case BtrfsStorage():
            yield from _btrfs(plan, plan.storage)
        case other:
            assert_never(other)


def _pool(plan: Plan, storage: ZfsStorage) -> Iterator[str]:
    properties = properties_text(storage.pool_properties | storage.properties)
    yield f"  pool {storage.pool}, ashift {storage.ashift}, {properties}"
    for vdev in storage.vdevs:
        yield f"    {vdev.title}: {', '.join(_member(plan, guid) for guid in vdev.members)}"
    for dataset in storage.datasets:
        yield f"    {dataset.name}  {properties_text(dataset.properties)}".rstrip()


def _volume_group(plan: Plan, storage: LvmStorage) -> Iterator[str]:
    if (array := storage.array) is not None:
        members = ", ".join(_member(plan, guid) for guid in array.members)
        yield f"  array {array.name}, md RAID1 of {human(array.size_bytes)}: {members}"
        yield f"  volume group {storage.vg} on the array {array.name}"
    else:
        pvs = ", ".join(_member(plan, guid) for guid in storage.pvs)
        yield f"  volume group {storage.vg} on {pvs}"
    for volume in storage.volumes:
        metadata = volume.metadata_size_bytes
        extra = "" if metadata is None else f" with {human(metadata)} of metadata"
        what = f"{volume.filesystem or volume.type}{extra}"
        yield f"    {volume.name:<6}  {human(volume.size_bytes):>10}  {what}"


def _btrfs(plan: Plan, storage: BtrfsStorage) -> Iterator[str]:
    yield f"  btrfs {storage.uuid}, {btrfs_text(storage)}"
    yield f"    devices: {', '.join(_member(plan, guid) for guid in storage.members)}"
    for name in storage.subvolumes:
        yield f"    subvolume /{name}"


def _boot(plan: Plan) -> Iterator[str]:
    where = "on every ESP" if plan.boot.esp_sync else "on the root file system"
    yield f"  kernel {plan.boot.kernel}, {where}"
    yield f"  options {plan.boot.cmdline}"
    loaders = loaders_by_disk(plan)
    for disk in plan.disks:
        yield f"  {disk.path}: {loaders[disk.id]}"


def _file(file: FilePlan) -> str:
    what = f"{fate(file):<8}"
    if file.link is not None:
        return f"  {'link':>4}  {'':>10}  {what}  {file.path} -> {file.link}"
    return f"  {file.mode:04o}  {human(len(file.data())):>10}  {what}  {file.path}"


def _member(plan: Plan, guid: str) -> str:
    disk, part = plan.partition(guid)
    return f"{partition_path(disk, part.number)} ({human(part.size_bytes)})"
