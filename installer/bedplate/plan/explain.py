"""For each disk of a machine: is it one that a request means, and if not, why not."""

from __future__ import annotations

from bedplate.model.facts import DiskFact, Facts
from bedplate.model.request import DiskSelection
from bedplate.model.value import Value
from bedplate.plan.choose import Choice, choose_disks, untouchable
from bedplate.plan.compound import Wholes, has_to_be_named, wholes_of
from bedplate.plan.criteria import mismatches


class Verdict(Value):
    """What becomes of a disk: its place among the chosen ones from 1 on, or reasons against it."""

    disk: str
    path: str
    place: int | None
    reasons: tuple[str, ...]


def explain_choice(
    selection: DiskSelection, facts: Facts, maximum: int | None
) -> tuple[Choice, tuple[Verdict, ...]]:
    """What a selection means on a machine, and a verdict on each of its disks.

    `maximum` is how many disks the layout takes, if it takes only so many.
    """
    choice = choose_disks(selection, facts, maximum)
    places = {disk.path: number for number, disk in enumerate(choice.disks, start=1)}
    wholes = wholes_of(facts)
    return choice, tuple(_verdict(disk, places, selection, wholes) for disk in facts.disks)


def _verdict(
    disk: DiskFact, places: dict[str, int], selection: DiskSelection, wholes: Wholes
) -> Verdict:
    place = places.get(disk.path)
    reasons = [problem.message for problem in untouchable(disk, wholes)]
    if place is None and not selection.names and has_to_be_named(disk):
        reasons.append("it is an array of md, which has to be named")
    if place is None:
        reasons += mismatches(disk, selection) or (() if reasons else ("another one comes first",))
    return Verdict(disk=disk.id, path=disk.path, place=place, reasons=tuple(reasons))
