"""A replacement as text for people: what is overwritten, what stays, what is done."""

from __future__ import annotations

from collections.abc import Iterator

from bedplate.model.disk_change import DiskChange
from bedplate.render.plan_page import destroyed, page, step_lines, table_lines
from bedplate.units import human


def render_disk_change(plan: DiskChange) -> str:
    """The whole plan, at most 100 columns wide."""
    return page(
        (
            ("Plan: a new disk takes the place of an old one", _disks(plan)),
            ("EVERYTHING ON THIS DISK WILL BE DESTROYED", destroyed(plan.steps)),
            ("These disks stay as they are", (f"  {disk}" for disk in plan.stays)),
            ("Warnings", (f"  ! {warning}" for warning in plan.warnings)),
            ("The new disk", _new(plan)),
            ("Steps", step_lines(plan.steps)),
        )
    )


def _disks(plan: DiskChange) -> Iterator[str]:
    yield f"  old  {plan.old}"
    yield f"  new  {plan.found.describe()}"
    if plan.found.bus_path is not None:
        yield f"       at {plan.found.bus_path}"


def _new(plan: DiskChange) -> Iterator[str]:
    disk = plan.disk
    yield f"  {disk.path}  {disk.id}  {human(disk.size_bytes)}, {disk.sector_size}-byte sectors"
    yield from table_lines(disk)
