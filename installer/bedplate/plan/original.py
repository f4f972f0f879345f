"""How the original installer would read the filters of an answer file.

It is told apart from ours because files written for it exist: where both readings mean the same
disks, nothing is said; where they do not, nobody can know which disks the author meant. Its rules:
a disk that lacks a property passes `all`; a layout for one disk takes the first that *any* filter
matches, whatever `filter-match` says; disks are counted in the order of their names, and the
numbers compared as text, so that the tenth comes before the second.
"""

from __future__ import annotations

from collections.abc import Iterator

from bedplate.errors import Problem
from bedplate.model.facts import DiskFact, Facts
from bedplate.model.request import DiskSelection
from bedplate.plan.belongings import is_live_medium
from bedplate.plan.globs import fits

_UNSEEN = ("/dev/dm-", "/dev/mapper/", "/dev/md", "/dev/loop")


def refuse_other_reading(
    selection: DiskSelection, facts: Facts, chosen: tuple[DiskFact, ...], maximum: int | None
) -> Iterator[Problem]:
    """A problem if the filters of a file for the original mean other disks there than `chosen`.

    `maximum` is how many disks the layout takes, if it takes only so many.
    """
    if not selection.filters or not selection.for_original:
        return
    there = _original_choice(selection, facts, maximum)
    if {disk.path for disk in there} == {disk.path for disk in chosen}:
        return
    yield Problem(
        "filter-read-differently",
        "disk-setup.filter",
        f"means {_paths(chosen)} here, where a property has to be there to match, "
        f"and {_paths(there)} to the original installer",
        "name the disks in disk-setup.disk-list, or name the layout in disk-setup.layout, "
        "which has the filter read our way",
    )


def _original_choice(
    selection: DiskSelection, facts: Facts, maximum: int | None
) -> tuple[DiskFact, ...]:
    by_name = sorted((disk for disk in facts.disks if _is_seen(disk)), key=lambda disk: disk.path)
    numbered = sorted(enumerate(by_name), key=lambda entry: str(entry[0]))
    in_order = [disk for _, disk in numbered]
    if maximum == 1:
        return tuple(disk for disk in in_order if any(_hits(disk, selection)))[:1]
    if selection.match == "any":
        return tuple(disk for disk in in_order if any(_hits(disk, selection)))
    return tuple(disk for disk in in_order if not _mismatches(disk, selection))


def _is_seen(disk: DiskFact) -> bool:
    has_image = any(signature.kind == "iso9660" for signature in disk.signatures)
    return not (disk.path.startswith(_UNSEEN) or has_image or is_live_medium(disk))


def _hits(disk: DiskFact, selection: DiskSelection) -> Iterator[bool]:
    return (fits(disk.properties, key, glob) for key, glob in selection.filters.items())


def _mismatches(disk: DiskFact, selection: DiskSelection) -> bool:
    return any(
        key in disk.properties and not fits(disk.properties, key, glob)
        for key, glob in selection.filters.items()
    )


def _paths(disks: tuple[DiskFact, ...]) -> str:
    return ", ".join(disk.path for disk in disks) or "no disk"
