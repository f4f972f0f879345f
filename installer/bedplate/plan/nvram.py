"""What has to change for the firmware to know a boot entry for each ESP.

There is one entry for each ESP. Entries of others are never touched, and one of them that starts
the wanted loader of an ESP will do: the host may have been set up by another installer. Only
entries of ours are removed: doubles, and those for a partition that has gone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from bedplate.model.nvram import BootEntries, BootEntry, NewEntry, NvramPlan, WantedEntry

_LAST_NUMBER = 0xFFFF


def plan_boot_entries(
    found: BootEntries,
    wanted: Collection[WantedEntry],
    partitions: Collection[str] | None,
) -> NvramPlan:
    """The changes that give each of the `wanted` ESPs an entry, first ESP first.

    `partitions` are the GUIDs of all partitions of this machine, or `None` if one of the host's
    disks is missing: what points to it is then not stale but waits for it to come back.
    """
    kept = {want.partition_guid: _best(found, want) for want in wanted}
    ours = [entry for entry in found.entries if entry.is_ours]
    remove = tuple(entry for entry in ours if _has_gone(entry, kept, partitions))
    gone = {entry.number for entry in remove}
    free = _free_numbers({entry.number for entry in found.entries} - gone, found.order)
    add = tuple(
        NewEntry(number=next(free), entry=want)
        for want in wanted
        if kept[want.partition_guid] is None
    )
    order = _order(found, kept, gone, tuple(new.number for new in add))
    return NvramPlan(remove=remove, add=add, order=order if order != found.order else None)


def _best(found: BootEntries, want: WantedEntry) -> BootEntry | None:
    """The entry that starts an ESP already: ours, or else the one that is tried first."""
    places = {number: place for place, number in enumerate(found.order)}
    fitting = [entry for entry in found.entries if _starts(entry, want)]
    return min(
        fitting,
        key=lambda entry: (not entry.is_ours, places.get(entry.number, len(places)), entry.number),
        default=None,
    )


def _starts(entry: BootEntry, want: WantedEntry) -> bool:
    # FAT, and so firmware, knows no upper and lower case.
    return (
        entry.active
        and entry.partition_guid == want.partition_guid
        and (entry.loader or "").casefold() == want.loader.casefold()
    )


def _has_gone(
    entry: BootEntry,
    kept: dict[str, BootEntry | None],
    partitions: Collection[str] | None,
) -> bool:
    """Whether an entry of ours is a double, starts something else, or points to nothing."""
    if entry.partition_guid in kept:
        return kept[entry.partition_guid] != entry
    if entry.partition_guid is None or partitions is None:
        return False
    return entry.partition_guid not in partitions


def _free_numbers(used: set[int], order: tuple[int, ...]) -> Iterator[int]:
    taken = used | set(order)
    return (number for number in range(_LAST_NUMBER + 1) if number not in taken)


def _order(
    found: BootEntries, kept: dict[str, BootEntry | None], gone: set[int], added: tuple[int, ...]
) -> tuple[int, ...]:
    """The order as it is, without what was removed; what is new comes after the last of its kind.

    Where none of its kind is in the order, what is new comes first.
    """
    order = [number for number in found.order if number not in gone]
    of_the_host = {entry.number for entry in kept.values() if entry is not None}
    missing = sorted(of_the_host - set(order))
    places = [place for place, number in enumerate(order) if number in of_the_host]
    behind = places[-1] + 1 if places else 0
    return (*order[:behind], *missing, *added, *order[behind:])
