"""Which disks and which network card a request means.

An answer file names disks in the order they are to be used, or gives globs on udev properties.
Other than in the original, a name that fits nothing is an error, the order counts, a by-id name or
a serial is a name like any other, and `filter-match = "all"` wants every filter to match a property
that exists.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal

from bedplate.errors import Problem
from bedplate.model.facts import DiskFact, Facts, NicFact
from bedplate.model.request import DiskSelection
from bedplate.plan.belongings import is_live_medium

_BY_ID = "/dev/disk/by-id/"
# Numbers, and the letters that count disks (`a` to `z`, then `aa`), apart from what they follow.
_PIECES = re.compile(r"\d+|^(?:/dev/)?(?:sd|vd|xvd|hd)(?=[a-z])|\D+")


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


def choose_disks(selection: DiskSelection, facts: Facts, maximum: int | None) -> Choice:
    """The disks that `selection` means on this machine.

    Filters that match more disks than a one-disk layout takes mean the first of them by device
    name, as in the original; that choice is a warning.
    """
    if selection.names:
        return _by_names(selection.names, facts)
    return _by_filters(selection.filters, selection.match, facts, maximum)


def choose_nic(filters: Mapping[str, str], facts: Facts) -> NicFact | Problem:
    """The card below the bridge: the first that any filter matches, else the one with the default
    route, else the first physical one by name."""
    cards = sorted((nic for nic in facts.nics if nic.physical), key=lambda nic: natural(nic.name))
    if not cards:
        return Problem(
            "nic-missing",
            "network",
            "the machine has no network card, and the host's bridge needs one",
            "check that the card is enabled in the firmware and that its driver is loaded",
        )
    if filters:
        return _matching_nic(filters, cards)
    routed = {route.interface for route in facts.routes if route.destination == "default"}
    return next((nic for nic in cards if nic.name in routed), cards[0])


def natural(name: str) -> tuple[tuple[bool, int, str], ...]:
    """A sort key in the order of the kernel's names: `nvme2n1`, `nvme10n1`, `sdb`, `sdaa`."""
    return tuple(
        (False, int(piece), "") if piece.isdigit() else (True, len(piece) if number else 0, piece)
        for number, piece in enumerate(_PIECES.findall(name))
    )


def _by_names(names: tuple[str, ...], facts: Facts) -> Choice:
    named = _by_name(facts)
    chosen: dict[str, DiskFact] = {}
    problems: list[Problem] = []
    for name in names:
        found = named.get(name, [])
        if len(found) != 1:
            problems.append(_ambiguous(name, found) if found else _unmatched(name, facts))
        elif found[0].path in chosen:
            problems.append(_twice(name, found[0]))
        else:
            chosen[found[0].path] = found[0]
            problems += _untouchable(found[0])
    return Choice(tuple(chosen.values()), len(set(names)), tuple(problems))


def _by_filters(
    filters: Mapping[str, str], match: Literal["any", "all"], facts: Facts, maximum: int | None
) -> Choice:
    candidates = sorted(
        (disk for disk in facts.disks if not _untouchable(disk)),
        key=lambda disk: natural(disk.path),
    )
    found = tuple(disk for disk in candidates if _matches(filters, disk.properties, match))
    if not found:
        return Choice((), None, (_no_match(filters, match, candidates),))
    if maximum == 1 and len(found) > 1:
        others = ", ".join(disk.path for disk in found[1:])
        return Choice(
            found[:1],
            1,
            warnings=(
                f"The filter matches {len(found)} disks; the layout takes one, so "
                f"{found[0].path} is used and {others} left alone.",
            ),
        )
    return Choice(found, len(found))


def _by_name(facts: Facts) -> Mapping[str, list[DiskFact]]:
    """The disks that a name may mean: more than one where two have the same serial, say."""
    named: dict[str, list[DiskFact]] = {}
    for disk in facts.disks:
        for name in _names(disk):
            named.setdefault(name, []).append(disk)
    return named


def _names(disk: DiskFact) -> frozenset[str]:
    names = {disk.path, disk.path.removeprefix("/dev/"), *disk.by_id}
    names |= {_BY_ID + name for name in disk.by_id}
    return frozenset(names | {name for name in (disk.serial, disk.wwn) if name})


def _matches(
    filters: Mapping[str, str], properties: Mapping[str, str], match: Literal["any", "all"]
) -> bool:
    hits = [
        key in properties and fnmatchcase(properties[key], glob) for key, glob in filters.items()
    ]
    return any(hits) if match == "any" else all(hits)


def _matching_nic(filters: Mapping[str, str], cards: list[NicFact]) -> NicFact | Problem:
    for nic in cards:
        if _matches(filters, nic.properties, "any"):
            return nic
    return Problem(
        "nic-no-match",
        "network.filter",
        f"no network card matches {_shown(filters)}; "
        f"there are {', '.join(f'{nic.name} ({nic.mac})' for nic in cards)}",
        "`bedplate facts --json` shows the properties of each card",
    )


def _untouchable(disk: DiskFact) -> tuple[Problem, ...]:
    """Reasons why a disk is never an install target, whoever asks for it."""
    problems: list[Problem] = []
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


def _unmatched(name: str, facts: Facts) -> Problem:
    there = ", ".join(f"{disk.path} ({disk.id})" for disk in facts.disks) or "none"
    return Problem(
        "disk-unmatched",
        "disk-setup.disk-list",
        f"{name!r} is not the name of any disk of this machine; there are: {there}",
        "use a by-id name, a serial number or a device name",
    )


def _ambiguous(name: str, found: list[DiskFact]) -> Problem:
    paths = " and ".join(disk.path for disk in found)
    return Problem(
        "disk-ambiguous",
        "disk-setup.disk-list",
        f"{name!r} names {len(found)} disks: {paths}",
        "use a by-id name, which only one of them has",
    )


def _twice(name: str, disk: DiskFact) -> Problem:
    return Problem(
        "disk-twice",
        "disk-setup.disk-list",
        f"{name!r} is {disk.path}, which an earlier entry names already",
        "name each disk once",
    )


def _no_match(
    filters: Mapping[str, str], match: Literal["any", "all"], candidates: list[DiskFact]
) -> Problem:
    there = ", ".join(disk.path for disk in candidates) or "none"
    return Problem(
        "disk-no-match",
        "disk-setup.filter",
        f"no disk matches {match} of {_shown(filters)}; the disks that may be used are: {there}",
        "`bedplate facts --json` shows the properties of each disk",
    )


def _shown(filters: Mapping[str, str]) -> str:
    return ", ".join(f"{key}={glob!r}" for key, glob in filters.items())
