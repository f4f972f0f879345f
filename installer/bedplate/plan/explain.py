"""For each disk of a machine: is it one that a request means, and if not, why not."""

from __future__ import annotations

from bedplate.model.facts import DiskFact, Facts
from bedplate.model.value import Value
from bedplate.plan.choose import untouchable
from bedplate.plan.compound import Wholes, has_to_be_named, wholes_of
from bedplate.plan.criteria import mismatches
from bedplate.plan.groups import Group


class Verdict(Value):
    """What becomes of a disk: its place among the chosen ones from 1 on, or reasons against it.

    `table` is the one of the answer file that chooses, `disk-setup` or `disk-setup.special`.
    """

    table: str
    disk: str
    path: str
    place: int | None
    reasons: tuple[str, ...]


def explain_group(group: Group, facts: Facts) -> tuple[Verdict, ...]:
    """A verdict on each disk of a machine, as to whether it is one of a group's."""
    places = {disk.path: number for number, disk in enumerate(group.disks, start=1)}
    wholes = wholes_of(facts)
    return tuple(_verdict(disk, places, group, wholes) for disk in facts.disks)


def _verdict(disk: DiskFact, places: dict[str, int], group: Group, wholes: Wholes) -> Verdict:
    place = places.get(disk.path)
    reasons = [problem.message for problem in untouchable(disk, wholes)]
    if place is None and not group.selection.names and has_to_be_named(disk):
        reasons.append("it is an array of md, which has to be named")
    if place is None:
        reasons += mismatches(disk, group.selection) or (
            () if reasons else ("another one comes first",)
        )
    return Verdict(
        table=group.key, disk=disk.id, path=disk.path, place=place, reasons=tuple(reasons)
    )
