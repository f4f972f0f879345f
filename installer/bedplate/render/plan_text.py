"""A plan as text for people: what will be lost first, then what will be there, then what is done.

Plain text of at most 100 columns, so that it reads the same on a serial console, in a mail and in
a review; the machine-readable form is the plan's JSON.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import assert_never

from bedplate.model.plan import BtrfsStorage, DiskPlan, FilePlan, LvmStorage, Plan, ZfsStorage
from bedplate.render.plan_bars import Segment, bar_widths, group_alike, loaders_by_disk, segments
from bedplate.render.plan_files import fate
from bedplate.render.plan_tree import btrfs_text, partition_path, properties_text
from bedplate.units import human

WIDTH = 100


def render_plan(plan: Plan) -> str:
    """The whole plan but for what is in the files: that is for `render_files`."""
    sections = (
        (f"Plan: {plan.layout} for {plan.hostname}", ()),
        ("EVERYTHING ON THESE DISKS WILL BE DESTROYED", _destroyed(plan)),
        ("Warnings", (f"  ! {warning}" for warning in plan.warnings)),
        ("Disks", _disks(plan)),
        ("Storage", _storage(plan)),
        ("Boot", _boot(plan)),
        ("Files", (_file(file) for file in plan.files)),
        ("Steps", _steps(plan)),
    )
    filled = [(title, tuple(lines)) for title, lines in sections]
    texts = [
        "\n".join(_wrapped((title, *lines)))
        for number, (title, lines) in enumerate(filled)
        if lines or number == 0
    ]
    return "\n\n".join(texts) + "\n"


def _wrapped(lines: Iterable[str]) -> Iterator[str]:
    """The lines, each broken at the page's width and continued below its own text."""
    for line in lines:
        indent = " " * (len(line) - len(line.lstrip()) + 4)
        yield from textwrap.wrap(
            line, WIDTH, subsequent_indent=indent, drop_whitespace=True, break_on_hyphens=False
        )


def _destroyed(plan: Plan) -> Iterator[str]:
    for step in plan.steps:
        for number, line in enumerate(step.destroys):
            yield f"  {line}" if number == 0 else f"    - {line}"


def _disks(plan: Plan) -> Iterator[str]:
    """Disks planned alike by their names first, then the bar and the table that hold for each."""
    for alike in group_alike(plan):
        for disk in alike.disks:
            size = f"{human(disk.size_bytes)}, {disk.sector_size}-byte sectors"
            yield f"  {disk.path}  {disk.id}  {size}"
        yield f"    {_bar(alike.first)}"
        yield f"    {'#':>2}  {'role':<9}  {'first sector':>14}  {'last sector':>14}  {'size':>10}"
        for part in alike.first.partitions:
            yield (
                f"    {part.number:>2}  {part.role.value:<9}  {part.first_sector:>14}  "
                f"{part.last_sector:>14}  {human(part.size_bytes):>10}"
            )


def _bar(disk: DiskPlan) -> str:
    """The disk from end to end, to scale but for parts that would be narrower than their names."""
    parts = segments(disk)
    minimums = [len(part.name) + 2 for part in parts]
    room = max(WIDTH - 4, sum(minimums))
    widths = bar_widths([part.size_bytes for part in parts], minimums, room)
    return "".join(
        f"[{_filled(part, width - 2)}]" for part, width in zip(parts, widths, strict=True)
    )


def _filled(part: Segment, width: int) -> str:
    """The name, and the rest of the width behind it."""
    return f"{part.name} "[:width].ljust(width, "." if part.number is None else "=")


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
    yield f"  pool {storage.pool}, ashift {storage.ashift}, {properties_text(storage.properties)}"
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


def _steps(plan: Plan) -> Iterator[str]:
    for phase, steps in groupby(plan.steps, key=lambda step: step.phase):
        yield f"  {phase.value}"
        yield from (f"    {step.summary}" for step in steps)


def _member(plan: Plan, guid: str) -> str:
    disk, part = plan.partition(guid)
    return f"{partition_path(disk, part.number)} ({human(part.size_bytes)})"
