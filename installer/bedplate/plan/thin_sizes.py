"""How large a thin pool and its metadata are, made anew or grown. lvmthin(7).

LVM keeps a spare as large as the metadata, for the whole group, to repair a pool with; it grows
together with the largest metadata. So whatever metadata take is taken twice.
"""

from __future__ import annotations

from dataclasses import dataclass

from bedplate.errors import Problem
from bedplate.model.facts import LogicalVolumeFact, VolumeGroupFact
from bedplate.plan.lvm import METADATA_CAP_BYTES, pool_metadata_bytes
from bedplate.units import align_down, align_up, human


@dataclass(frozen=True, slots=True)
class ThinSizes:
    """A pool's data and metadata, and what they take of the group, the spare included."""

    data_bytes: int
    metadata_bytes: int
    taken_bytes: int


def new_pool_sizes(
    group: VolumeGroupFact, where: str, size_bytes: int | None, metadata_bytes: int | None
) -> ThinSizes | Problem:
    """A new pool in a group; without a size, all that is free is for it and its metadata."""
    extent = group.extent_bytes
    free = align_down(group.free_bytes, extent)
    wanted = align_up(size_bytes, extent) if size_bytes is not None else free
    metadata = align_up(metadata_bytes or pool_metadata_bytes(wanted), extent)
    for_metadata = metadata + max(metadata - group.spare_bytes, 0)
    data = wanted if size_bytes is not None else free - for_metadata
    if metadata > METADATA_CAP_BYTES:
        return _too_much_metadata(where, metadata)
    if data > 0 and data + for_metadata <= free:
        return ThinSizes(data, metadata, data + for_metadata)
    what = f"{human(data)} and " if size_bytes is not None else "data and "
    message = (
        f"takes {what}{human(metadata)} of metadata, those twice, and {group.name} has "
        f"{human(free)} free"
    )
    hint = "ask for less, or give the group another disk: `bedplate storage add`"
    return Problem("no-room", where, message, hint)


def grown_pool_sizes(
    group: VolumeGroupFact,
    pool: LogicalVolumeFact,
    size_bytes: int | None,
    metadata_bytes: int | None,
) -> ThinSizes | Problem:
    """A pool that grows to a size, or by all that is free, and its metadata with it.

    Metadata are then as the rule for new pools has them, or where they are less than that, in the
    same proportion as before.
    """
    where, extent = f"{group.name}/{pool.name}", group.extent_bytes
    free, before = align_down(group.free_bytes, extent), pool.metadata_size_bytes or extent
    wanted = align_up(size_bytes, extent) if size_bytes is not None else pool.size_bytes + free
    asked = None if metadata_bytes is None else align_up(metadata_bytes, extent)
    if wanted < pool.size_bytes or (asked is not None and asked < before):
        message = (
            f"has {human(pool.size_bytes)} and {human(before)} of metadata, and a thin pool cannot "
            "become smaller"
        )
        return Problem("cannot-shrink", where, message, "ask for more than that")
    if wanted == pool.size_bytes and asked is None:
        return ThinSizes(wanted, before, 0)
    in_proportion = align_up(before * wanted // pool.size_bytes, extent)
    by_rule = align_up(pool_metadata_bytes(wanted), extent)
    metadata = max(before, min(by_rule, in_proportion, METADATA_CAP_BYTES))
    if asked is not None:
        metadata = asked
    if metadata > METADATA_CAP_BYTES:
        return _too_much_metadata(where, metadata)
    # The spare is looked after when metadata grow, and only then.
    spare = max(metadata - group.spare_bytes, 0) if metadata > before else 0
    for_metadata = metadata - before + spare
    if size_bytes is None:
        wanted = pool.size_bytes + free - for_metadata
        if wanted <= pool.size_bytes and asked is None:
            return ThinSizes(pool.size_bytes, before, 0)
    taken = wanted - pool.size_bytes + for_metadata
    if wanted >= pool.size_bytes and taken <= free:
        return ThinSizes(wanted, metadata, taken)
    return _no_room(group, pool, wanted, metadata, for_metadata)


def _no_room(
    group: VolumeGroupFact,
    pool: LogicalVolumeFact,
    wanted: int,
    metadata: int,
    for_metadata: int,
) -> Problem:
    more = max(wanted - pool.size_bytes, 0)
    code = "no-room-for-metadata" if more <= group.free_bytes else "no-room"
    message = (
        f"would grow to {human(wanted)}, which takes {human(more)} for data and "
        f"{human(for_metadata)} for {human(metadata)} of metadata and LVM's spare of it; "
        f"{group.name} has {human(group.free_bytes)} free"
    )
    hint = (
        f"ask for less, or give {group.name} another disk: `bedplate storage add {group.name} DISK`"
    )
    return Problem(code, f"{group.name}/{pool.name}", message, hint)


def _too_much_metadata(where: str, metadata: int) -> Problem:
    message = (
        f"would have {human(metadata)} of metadata, and LVM allows {human(METADATA_CAP_BYTES)}"
    )
    return Problem("metadata-too-large", where, message, "ask for less of it")
