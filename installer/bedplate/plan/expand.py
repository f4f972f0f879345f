"""The planner of `bedplate disk expand`: what the host's disks hold grows to their size.

Members that hold the same can only grow together, to what the smallest has room for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bedplate.errors import Problem, RefusedError
from bedplate.model.disk_change import (
    Action,
    DiskChange,
    GrowArray,
    GrowBtrfs,
    GrowPartition,
    GrowPool,
    GrowStep,
)
from bedplate.model.facts import DiskFact, Facts, PartitionFact
from bedplate.model.gpt import last_usable_sector
from bedplate.model.plan import Role
from bedplate.model.step import Phase
from bedplate.model.store import MemberFact, MemberGroup, MemberState, StoreFact
from bedplate.plan.belongings import partition_names
from bedplate.plan.new_disk import save_tables
from bedplate.plan.partitions import with_slack
from bedplate.units import MIB, align_down, human


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a member is, and up to how large its partition may be made."""

    disk: DiskFact
    partition: PartitionFact
    room_bytes: int


@dataclass(frozen=True, slots=True)
class _Growth:
    """The members of a group that have to grow, and to which size."""

    store: StoreFact
    group: MemberGroup
    places: tuple[_Place, ...]
    size_bytes: int

    @property
    def growing(self) -> tuple[_Place, ...]:
        """Those that gain something; partitions that were made alike may differ by some sectors."""
        return tuple(p for p in self.places if p.partition.size_bytes + MIB <= self.size_bytes)


def plan_expansion(facts: Facts, stores: tuple[StoreFact, ...]) -> DiskChange:
    """Everything that is done to use the disks to their end.

    Raises `RefusedError` with what is in the way, for each group of members, if none can grow.
    """
    found = [_growth(store, group, facts) for store in stores for group in _main(store)]
    growths = [one for one in found if isinstance(one, _Growth)]
    if not growths:
        raise RefusedError([one for one in found if isinstance(one, Problem)] or _nothing())
    disks = {place.disk.id: place.disk for one in growths for place in one.growing}
    return DiskChange(
        action=Action.EXPAND,
        made_for=tuple(disks.values()),
        steps=(
            save_tables(facts),
            *(step for one in growths for step in _partitions(one)),
            *(step for store in stores for step in _grow(store, growths, facts)),
        ),
        warnings=tuple(_remarks(growths)),
    )


def _main(store: StoreFact) -> Iterator[MemberGroup]:
    """Logs and caches do not want to be larger."""
    yield from (group for group in store.groups if group.role in (Role.DATA, Role.SPECIAL))


def _growth(store: StoreFact, group: MemberGroup, facts: Facts) -> _Growth | Problem:
    if store.is_joining or any(member.state is not MemberState.WELL for member in group.members):
        message = "has a member that is not well, or is being given its data: that comes first"
        return Problem("store-not-well", store.name, message, "see `bedplate doctor`")
    places = [_place(member, facts) for member in group.members]
    there = [place for place in places if place is not None]
    if len(there) < len(places):
        message = "has members that are not partitions of a GPT"
        return Problem("whole-disk-member", store.name, message, "it grows by itself, or its tool")
    redundant = len(there) > 1 and group.type not in ("single", "raid0")
    tightest = min(there, key=lambda place: place.room_bytes)
    size = tightest.room_bytes
    if redundant and tightest.partition.size_bytes < size:
        size = max(with_slack(size), tightest.partition.size_bytes)
    growth = _Growth(store, group, tuple(there), size)
    if growth.growing:
        return growth
    message = (
        f"cannot grow: {tightest.disk.describe()} has room for {human(tightest.room_bytes)} in "
        f"partition {tightest.partition.number}, which has {human(tightest.partition.size_bytes)}"
    )
    return Problem("no-room", store.name, message, "replace the smaller disks by larger ones first")


def _place(member: MemberFact, facts: Facts) -> _Place | None:
    for disk in facts.disks:
        for partition in disk.partitions:
            if member.path in partition_names(disk, partition) and disk.table == "gpt":
                return _Place(disk, partition, _room(disk, partition))
    return None


def _room(disk: DiskFact, partition: PartitionFact) -> int:
    """Up to the next partition, or the end of the disk; a whole number of MiB, or what it has."""
    behind = [
        other.first_sector - 1
        for other in disk.partitions
        if other.first_sector > partition.first_sector
    ]
    last = min(behind, default=last_usable_sector(disk.size_bytes, disk.sector_size))
    bytes_ = (last - partition.first_sector + 1) * disk.sector_size
    return max(align_down(bytes_, MIB), partition.size_bytes)


def _nothing() -> Problem:
    message = "has no pool, array or btrfs in use that could grow"
    return Problem("nothing-to-grow", "this host", message, "`bedplate disk list` shows every disk")


def _partitions(growth: _Growth) -> Iterator[GrowPartition]:
    for place in growth.growing:
        part = place.partition
        yield GrowPartition(
            id=f"grow-partition:{place.disk.id}:{part.number}",
            phase=Phase.PARTITION,
            summary=(
                f"Let {part.path} grow from {human(part.size_bytes)} to {human(growth.size_bytes)}"
            ),
            disk=place.disk.id,
            number=part.number,
            size_bytes=growth.size_bytes,
            sector_size=place.disk.sector_size,
        )


def _grow(store: StoreFact, growths: list[_Growth], facts: Facts) -> Iterator[GrowStep]:
    mine = [one for one in growths if one.store is store]
    if not mine:
        return
    members = tuple(member.id for one in mine for member in one.group.members)
    step, summary = f"grow:{store.id}", f"Have {store.name} use what there is now"
    match store.kind:
        case "zfs":
            yield GrowPool(
                id=step, phase=Phase.STORAGE, summary=summary, pool=store.at, members=members
            )
        case "btrfs":
            yield GrowBtrfs(
                id=step, phase=Phase.STORAGE, summary=summary, at=store.at, members=members
            )
        case "md":
            names = {store.at, store.name}
            has_pv = any(names & set(group.pvs) for group in facts.volume_groups)
            yield GrowArray(
                id=step, phase=Phase.STORAGE, summary=summary, array=store.at, has_pv=has_pv
            )


def _remarks(growths: list[_Growth]) -> Iterator[str]:
    if any(one.store.kind == "md" for one in growths):
        yield "The new room is free in the volume group; `lvextend` gives it to a volume."
