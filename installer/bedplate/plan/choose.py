"""Which disks a request means.

An answer file names disks in the order they are to be used, gives globs on udev properties, or
criteria. Other than in the original, a name that fits nothing is an error, the order counts, a
by-id name or a serial is a name like any other, `filter-match = "all"` wants every filter to match
a property that exists, and a disk that is not blank is taken only if somebody said so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bedplate.errors import Problem
from bedplate.model.facts import DiskFact, Facts
from bedplate.model.natural import natural
from bedplate.model.request import DiskSelection
from bedplate.plan.belongings import carries_data, is_live_medium
from bedplate.plan.compound import Wholes, has_to_be_named, refuse_part, wholes_of
from bedplate.plan.criteria import mismatches, names_of
from bedplate.plan.globs import shown_globs
from bedplate.plan.original import refuse_other_reading


@dataclass(frozen=True, slots=True)
class Choice:
    """The disks a request means, in order, what is wrong with it, and what is worth a word.

    `asked` is how many disks were meant, those that could not be found included; `None` if filters
    found nothing, so that there is no number to speak of.
    """

    disks: tuple[DiskFact, ...]
    asked: int | None
    problems: tuple[Problem, ...] = ()
    warnings: tuple[str, ...] = ()


def choose_disks(
    selection: DiskSelection,
    facts: Facts,
    maximum: int | None,
    where: str = "disk-setup",
    wipe_key: str = "disk-setup.wipe",
) -> Choice:
    """The disks that `selection` means on this machine; `where` is the table that states it.

    `wipe_key` is the key by which disks with something on them may be chosen without a name.

    Filters that match more disks than a one-disk layout takes mean the first of them by device
    name, as in the original; that choice is a warning.
    """
    if selection.names:
        return _by_names(selection.names, facts, f"{where}.disk-list")
    return _by_properties(selection, facts, maximum, where, wipe_key)


def _by_names(names: tuple[str, ...], facts: Facts, where: str) -> Choice:
    named, wholes = _by_name(facts), wholes_of(facts)
    chosen: dict[str, DiskFact] = {}
    problems: list[Problem] = []
    for name in names:
        found = named.get(name, [])
        if len(found) != 1:
            problem = _ambiguous(name, found, where) if found else _unmatched(name, facts, where)
            problems.append(problem)
        elif found[0].path in chosen:
            problems.append(_twice(name, found[0], where))
        else:
            chosen[found[0].path] = found[0]
            problems += untouchable(found[0], wholes)
    return Choice(tuple(chosen.values()), len(set(names)), tuple(problems))


def _by_properties(
    selection: DiskSelection, facts: Facts, maximum: int | None, where: str, wipe_key: str
) -> Choice:
    wholes = wholes_of(facts)
    candidates = sorted(
        (
            disk
            for disk in facts.disks
            if not has_to_be_named(disk) and not untouchable(disk, wholes)
        ),
        key=lambda disk: natural(disk.path),
    )
    found = tuple(disk for disk in candidates if not mismatches(disk, selection))
    if not found:
        other = refuse_other_reading(selection, facts, (), maximum)
        return Choice((), None, (*other, _no_match(selection, candidates, where)))
    warnings: tuple[str, ...] = ()
    if selection.criteria is None and maximum == 1 and len(found) > 1:
        others = ", ".join(disk.path for disk in found[1:])
        warnings = (
            f"The filter matches {len(found)} disks; the layout takes one, so "
            f"{found[0].path} is used and {others} left alone.",
        )
        found = found[:1]
    problems = (
        *refuse_other_reading(selection, facts, found, maximum),
        *_miscounted(found, selection, where),
        *_not_named(found, selection, where, wipe_key),
    )
    return Choice(found, len(found), problems, warnings)


def _miscounted(
    found: tuple[DiskFact, ...], selection: DiskSelection, where: str
) -> Iterator[Problem]:
    wanted = selection.criteria
    if wanted is None:
        return
    paths = ", ".join(disk.path for disk in found)
    for key, asked, is_met in (
        ("count", wanted.count, len(found) == wanted.count),
        ("at-least", wanted.at_least, len(found) >= (wanted.at_least or 0)),
    ):
        if asked is not None and not is_met:
            yield Problem(
                "disk-miscounted",
                f"{where}.select.{key}",
                f"asks for {asked} disk(s), and {len(found)} match: {paths}",
                "`bedplate disk match` shows why each disk matches or does not",
            )


def _not_named(
    found: tuple[DiskFact, ...], selection: DiskSelection, where: str, wipe_key: str
) -> Iterator[Problem]:
    """Disks with something on them that nobody named: whose they are is not known."""
    for disk in found:
        if carries_data(disk) and not selection.wipe:
            yield Problem(
                "disk-has-data",
                disk.id,
                f"{disk.describe()} matches and is not blank",
                f'name it in {where}.disk-list, or set {wipe_key} = "yes"',
            )


def _by_name(facts: Facts) -> Mapping[str, list[DiskFact]]:
    """The disks that a name may mean: more than one where two have the same serial, say."""
    named: dict[str, list[DiskFact]] = {}
    for disk in facts.disks:
        for name in names_of(disk):
            named.setdefault(name, []).append(disk)
    return named


def untouchable(disk: DiskFact, wholes: Wholes) -> tuple[Problem, ...]:
    """Reasons why a disk is never an install target, whoever asks for it.

    `wholes` are the devices of its machine that disks are mere parts of: see `wholes_of`.
    """
    problems = [*refuse_part(disk, wholes)]
    if disk.read_only:
        problems.append(
            Problem(
                "disk-read-only",
                disk.id,
                f"{disk.describe()} is read-only",
                "look for a write-protect switch, or choose another disk",
            )
        )
    if is_live_medium(disk):
        problems.append(
            Problem(
                "disk-is-medium",
                disk.id,
                f"{disk.describe()} is, or carries, the medium that the installer runs from",
                "choose another disk",
            )
        )
    return tuple(problems)


def _unmatched(name: str, facts: Facts, where: str) -> Problem:
    there = ", ".join(f"{disk.path} ({disk.id})" for disk in facts.disks) or "none"
    return Problem(
        "disk-unmatched",
        where,
        f"{name!r} is not the name of any disk of this machine; there are: {there}",
        "use a by-id name, a serial number or a device name",
    )


def _ambiguous(name: str, found: list[DiskFact], where: str) -> Problem:
    paths = " and ".join(disk.path for disk in found)
    return Problem(
        "disk-ambiguous",
        where,
        f"{name!r} names {len(found)} disks: {paths}",
        "use a by-id name, which only one of them has",
    )


def _twice(name: str, disk: DiskFact, where: str) -> Problem:
    return Problem(
        "disk-twice",
        where,
        f"{name!r} is {disk.path}, which an earlier entry names already",
        "name each disk once",
    )


def _no_match(selection: DiskSelection, candidates: list[DiskFact], where: str) -> Problem:
    there = ", ".join(disk.path for disk in candidates) or "none"
    if selection.criteria is None:
        key = "filter"
        what = f"no disk matches {selection.match} of {shown_globs(selection.filters)}"
    else:
        key, what = "select", "no disk meets all criteria"
    return Problem(
        "disk-no-match",
        f"{where}.{key}",
        f"{what}; the disks that may be used are: {there}",
        "`bedplate disk match` shows what each disk lacks",
    )
