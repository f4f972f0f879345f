"""The planner of `bedplate disk watch`: what is replaced with nobody there to ask.

Only a disk that is lost, only by one that is blank, and only where it is certain which: the new one
is where the lost one was, or, if that was asked for, it is the only one there is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bedplate.errors import Problem, RefusedError
from bedplate.model.disk_change import DiskChange
from bedplate.model.facts import DiskFact
from bedplate.plan.belongings import device_names
from bedplate.plan.compound import has_to_be_named
from bedplate.plan.ids import Ids
from bedplate.plan.lost import LostDisk, lost_disks, memberships
from bedplate.plan.replace import ReplaceInput, plan_replacement
from bedplate.plan.replace_choice import candidates

_HAND = "`bedplate disk replace`"


def plan_automatic(
    given: ReplaceInput, ids: Ids, seen: Mapping[str, str], *, anywhere: bool
) -> DiskChange | None:
    """The replacement of the first lost disk that there is a new one for; `None` if all are well.

    `seen` is where in the machine disks were when they were last well, by id. With `anywhere` any
    blank disk will do, if there is but one: a hot spare.

    Raises `RefusedError` with why nobody but a person can decide.
    """
    lost = lost_disks(given.stores, given.facts.disks, given.known)
    if not lost:
        return None
    reasons: list[Problem] = []
    for old in lost:
        blank = _blank(given, old)
        fits = blank if anywhere else [disk for disk in blank if _is_there(disk, old, seen)]
        if len(fits) == 1:
            named = replace(given, old=old.handle, new=fits[0].id)
            return plan_replacement(named, ids)
        reasons.append(_undecided(old, fits, anywhere=anywhere))
    raise RefusedError(reasons)


def places_of_members(given: ReplaceInput) -> dict[str, str]:
    """Where in the machine each disk is that holds a member, by its id."""
    paths = {held.member.path for held in memberships(given.stores)}
    return {
        disk.id: disk.place
        for disk in given.facts.disks
        if disk.place is not None and paths & device_names(disk)
    }


def _blank(given: ReplaceInput, old: LostDisk) -> list[DiskFact]:
    return [
        one.disk
        for one in candidates(given.facts, given.stores, old)
        if not one.obstacles
        and not one.has_data
        and not one.disk.signatures
        and not has_to_be_named(one.disk)
    ]


def _is_there(disk: DiskFact, old: LostDisk, seen: Mapping[str, str]) -> bool:
    """Whether a disk is where the lost one was."""
    places = {seen.get(old.name or ""), old.place} - {None}
    return disk.place in places


def _undecided(old: LostDisk, fits: list[DiskFact], *, anywhere: bool) -> Problem:
    if fits:
        names = ", ".join(disk.describe() for disk in fits)
        message = f"is lost, and several disks could take its place: {names}"
        return Problem("which-candidate", old.title, message, f"name the one: {_HAND} OLD NEW")
    where = "" if anywhere else " where it was"
    message = f"is lost, and there is no blank disk{where}"
    return Problem("no-candidate", old.title, message, f"put one in, or use {_HAND}")
