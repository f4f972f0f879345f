"""Why a disk is not one that a request means; no reason means that it is.

The reasons are sentences' ends for people who wonder: "sdb has 16 GiB, min-size asks for 400 GiB".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase

from bedplate.model.facts import DiskFact
from bedplate.model.request import DiskCriteria, DiskSelection
from bedplate.plan.globs import fits
from bedplate.units import human

_BY_ID = "/dev/disk/by-id/"


def mismatches(disk: DiskFact, selection: DiskSelection) -> tuple[str, ...]:
    """What keeps a disk from being meant by a selection."""
    if selection.names:
        return () if names_of(disk) & {*selection.names} else ("disk-list does not name it",)
    if selection.criteria is not None:
        return tuple(_against_criteria(disk, selection.criteria))
    wrong = tuple(_against_globs(disk.properties, selection.filters))
    if selection.match == "any":
        return wrong if len(wrong) == len(selection.filters) else ()
    return wrong


def names_of(disk: DiskFact) -> frozenset[str]:
    """Every word by which an answer file may name a disk."""
    names = {disk.path, disk.path.removeprefix("/dev/"), *disk.by_id}
    names |= {_BY_ID + name for name in disk.by_id}
    return frozenset(names | {name for name in (disk.serial, disk.wwn) if name})


def _against_criteria(disk: DiskFact, wanted: DiskCriteria) -> Iterator[str]:
    size = disk.size_bytes
    if wanted.min_size_bytes is not None and size < wanted.min_size_bytes:
        yield f"it has {human(size)}, min-size asks for {human(wanted.min_size_bytes)}"
    if wanted.max_size_bytes is not None and size > wanted.max_size_bytes:
        yield f"it has {human(size)}, max-size allows {human(wanted.max_size_bytes)}"
    if wanted.transports and disk.transport not in wanted.transports:
        yield f"its transport is {disk.transport or 'not known'}, not {_or(wanted.transports)}"
    for key, asked, found in (
        ("rotational", wanted.rotational, disk.rotational),
        ("removable", wanted.removable, disk.removable),
    ):
        if asked is not None and asked != found:
            yield f"{key} is {_word(found)}, not {_word(asked)}"
    for key, glob, values in (
        ("model", wanted.model, (disk.model,)),
        ("serial", wanted.serial, (disk.serial,)),
        ("wwn", wanted.wwn, (disk.wwn,)),
        ("path", wanted.path, (disk.path, disk.bus_path)),
    ):
        there = [value for value in values if value is not None]
        if glob is not None and not any(fnmatchcase(value, glob) for value in there):
            yield f"its {key} is {_or(map(repr, there)) or 'not known'}, not like {glob!r}"
    yield from _against_globs(disk.properties, wanted.properties)


def _against_globs(properties: Mapping[str, str], globs: Mapping[str, str]) -> Iterator[str]:
    """A property that is not there does not match, whatever the glob."""
    for key, glob in globs.items():
        if key not in properties:
            yield f"it has no {key}"
        elif not fits(properties, key, glob):
            yield f"its {key} is {properties[key]!r}, not like {glob!r}"


def _word(value: bool | None) -> str:
    return "not known" if value is None else str(value).lower()


def _or(words: Iterable[str]) -> str:
    return " or ".join(words)
