"""A sync as text for people, before it is done."""

from __future__ import annotations

from collections.abc import Iterator

from bedplate.model.esp_sync import Lane, SyncPlan
from bedplate.model.host_change import HostChange
from bedplate.model.nvram import NvramPlan
from bedplate.render.host_change_text import render_change


def render_sync(plan: SyncPlan) -> str:
    """What would be done to each ESP and in the firmware.

    The problems are for whoever prints it.
    """
    lanes = (line for lane in plan.lanes for line in _lane(lane))
    return "".join(f"{line}\n" for line in (*lanes, *render_entries(plan.nvram)))


def render_adoption(unmount: tuple[str, ...], change: HostChange) -> str:
    """What is done to the host before an ESP of it is kept in sync."""
    return "".join(f"umount {target}\n" for target in unmount) + render_change(change)


def render_entries(changes: NvramPlan) -> tuple[str, ...]:
    """What would change in the firmware's boot entries, a line for each thing."""
    return (
        *(f"firmware: Add the boot entry {new.entry.label}" for new in changes.add),
        *(f"firmware: Remove the boot entry {gone.name} ({gone.label})" for gone in changes.remove),
        *(("firmware: Set the order of its boot entries",) if changes.order is not None else ()),
    )


def _lane(lane: Lane) -> Iterator[str]:
    yield f"{lane.describe()}, {lane.fat_id}"
    if lane.is_in_sync:
        yield "    in sync: nothing to do"
    for step in lane.steps:
        yield f"    {step.summary}"
    if lane.install_bios_grub:
        yield "    Install GRUB for BIOS on its disk"
    if lane.left_out:
        yield f"    no room for {', '.join(lane.left_out)}"
    yield from (f"    note: it {note}" for note in lane.notes)
