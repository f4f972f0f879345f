"""A sync as text for people, before it is done."""

from __future__ import annotations

from collections.abc import Iterator

from bedplate.model.esp_sync import Lane, SyncPlan


def render_sync(plan: SyncPlan) -> str:
    """What would be done to each ESP; the problems are for whoever prints it."""
    return "".join(f"{line}\n" for lane in plan.lanes for line in _lane(lane))


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
