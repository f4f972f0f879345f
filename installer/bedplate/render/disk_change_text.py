"""A change of a host's disks as text for people: what is overwritten, what stays, what is done."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from bedplate.model.disk_change import Action, DiskChange
from bedplate.render.plan_page import destroyed, page, step_lines, table_lines
from bedplate.units import human

_TITLES = {
    Action.REPLACE: "a new disk takes the place of an old one",
    Action.ATTACH: "a new disk holds the same as one that is there",
    Action.DETACH: "the host does without a disk",
    Action.EXPAND: "what is on the disks grows to their size",
    Action.CREATE: "storage for guests is made",
    Action.GROW: "storage for guests grows",
    Action.ADD: "storage for guests gets more disks",
}


def render_disk_change(plan: DiskChange) -> str:
    """The whole plan, at most 100 columns wide."""
    beside = (
        "The new disk holds the same as" if plan.action is Action.ATTACH else "These disks stay"
    )
    several = len(plan.cleared) > 1
    these = "THESE DISKS" if several else "THIS DISK"
    return page(
        (
            (f"Plan: {_TITLES[plan.action]}", _disks(plan)),
            (f"EVERYTHING ON {these} WILL BE DESTROYED", destroyed(plan.steps)),
            (beside, (f"  {disk}" for disk in plan.stays)),
            ("Warnings", (f"  ! {warning}" for warning in plan.warnings)),
            ("The new disks" if several else "The new disk", _new(plan)),
            ("Steps", step_lines(plan.steps)),
        )
    )


def render_done(plan: DiskChange) -> str:
    """In a sentence what has been done."""
    match plan.action:
        case Action.REPLACE:
            return f"{plan.made_for[0].describe()} has taken the place of {plan.old}."
        case Action.ATTACH:
            return f"{plan.made_for[0].describe()} holds the same as {', '.join(plan.stays)}."
        case Action.DETACH:
            return f"{plan.old} is blank, and the host does without it."
        case Action.EXPAND:
            return f"What is on {len(plan.made_for)} disk(s) has grown."
        case Action.CREATE:
            return "The storage is there, as asked for."
        case Action.GROW:
            return "The storage has grown."
        case Action.ADD:
            return f"The storage has {len(plan.made_for)} disk(s) more."
        case other:
            assert_never(other)


def _disks(plan: DiskChange) -> Iterator[str]:
    if not plan.steps:
        yield "  Everything that is asked for is there already: there is nothing to do."
    if plan.old is not None:
        yield f"  old  {plan.old}"
    if plan.old_health is not None:
        yield f"       {plan.old_health}"
    for disk in plan.made_for:
        if plan.action is Action.DETACH:
            continue
        name = "new" if disk.id in plan.cleared else "   "
        yield f"  {name}  {disk.describe()}"
        if disk.place is not None:
            yield f"       at {disk.place}"


def _new(plan: DiskChange) -> Iterator[str]:
    for disk in (disk for disk in plan.disks if disk.id in plan.cleared):
        yield f"  {disk.path}  {disk.id}  {human(disk.size_bytes)}, {disk.sector_size}-byte sectors"
        yield from table_lines(disk)
