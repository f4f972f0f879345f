"""The steps of a replacement, in order.

Its ESP is brought in sync while the new disk is given the data, which is what takes its time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import assert_never

from bedplate.model.disk_change import (
    DiskStep,
    JoinArray,
    JoinBtrfs,
    JoinCache,
    JoinPool,
    JoinStep,
    SpreadBtrfs,
)
from bedplate.model.plan import PartitionPlan, Role
from bedplate.model.step import Phase
from bedplate.model.store import MemberState
from bedplate.plan.lost import LostDisk, Membership
from bedplate.plan.new_disk import NewDisk, await_members, list_esps, prepare, remember
from bedplate.plan.new_disk_start import Starting

_MIRRORED = frozenset({"raid1", "raid1c3", "raid1c4", "raid10"})


@dataclass(frozen=True, slots=True)
class _EspList:
    """The FAT ids that are listed, those of the old disk among them, and what is not certain."""

    listed: tuple[str, ...]
    old: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def staying(self) -> tuple[str, ...]:
        """Those of the disks that stay."""
        return tuple(fat_id for fat_id in self.listed if fat_id not in self.old)


def plan_replace_steps(
    old: LostDisk, new: NewDisk, starting: Starting
) -> tuple[tuple[DiskStep, ...], tuple[str, ...]]:
    """All steps, and what the operator is to be told beside them."""
    fat_id = new.fat_id
    listed = _esp_list(old, new) if new.esps.listed is not None and fat_id is not None else None
    works = old.disk is not None
    joins, waits = _joins(old, new)
    steps: list[DiskStep] = [*prepare(new, old.name), *joins]
    if listed is not None and fat_id is not None:
        before = listed.listed if works else listed.staying
        steps += list_esps("list-esp", (*before, fat_id), "List the new ESP")
    steps += waits
    if listed is not None and fat_id is not None and works:
        summary = "Take the old ESP off the list"
        steps += list_esps("unlist-esp", (*listed.staying, fat_id), summary)
    steps += starting.steps(new.table, old.disk)
    steps.append(remember(new, old.name))
    return tuple(steps), listed.warnings if listed is not None else ()


def _esp_list(old: LostDisk, new: NewDisk) -> _EspList:
    """Which of the listed ESPs is, or was, on the old disk."""
    listed = new.esps.listed_ids
    there = {esp.fat_id: esp.disk for esp in new.esps.esps}
    gone = tuple(fat_id for fat_id in listed if fat_id not in there)
    # Of a disk that answers with errors nobody can read any more which ESP is on it.
    known = tuple(fat_id for fat_id in gone if new.esps.known_disks.get(fat_id) == old.name)
    if old.disk is not None:
        here = tuple(fat_id for fat_id in listed if there.get(fat_id) == old.name)
        return _EspList(listed, here or known)
    if known or len(gone) < 2:
        return _EspList(listed, known or gone)
    message = (
        f"Of the ESPs {', '.join(gone)} nobody knows which was on the old disk; they stay on the "
        "list. `bedplate esp clean` takes off what no disk has."
    )
    return _EspList(listed, (), (message,))


def _joins(old: LostDisk, new: NewDisk) -> tuple[list[DiskStep], list[DiskStep]]:
    """Each part of the new disk takes the place of the member that was on its like.

    What begins that, and what waits until it has the data.
    """
    free = list(new.table.partitions)
    joining: dict[str, list[str]] = {}
    joins: list[DiskStep] = []
    for held in old.held:
        part = next((part for part in free if part.role is held.group.role), None)
        if part is not None:
            free.remove(part)
            joining.setdefault(held.store.id, []).append(part.guid)
            joins.append(_join(held, part, new.disk.path, is_there=old.disk is not None))
    stores = {held.store.id: held.store for held in old.held}
    return joins, [*await_members(stores, joining, new.disk.path), *_spread(old)]


def _join(held: Membership, part: PartitionPlan, path: str, *, is_there: bool) -> JoinStep:
    store, member = held.store, held.member
    step = f"join:{store.id}:{part.guid}"
    summary = f"Have partition {part.number} of {path} join {store.name}"
    match store.kind:
        case "zfs" if held.group.role is Role.CACHE:
            return JoinCache(
                id=step,
                phase=Phase.STORAGE,
                summary=summary,
                pool=store.at,
                old=member.id,
                partition_guid=part.guid,
            )
        case "zfs":
            return JoinPool(
                id=step,
                phase=Phase.STORAGE,
                summary=summary,
                pool=store.at,
                old=member.id,
                partition_guid=part.guid,
                given_up=member.successor.id if member.successor is not None else None,
            )
        case "md":
            return JoinArray(
                id=step,
                phase=Phase.STORAGE,
                summary=summary,
                array=store.at,
                failed=member.path if is_there else None,
                works=member.state is MemberState.WELL,
                partition_guid=part.guid,
            )
        case "btrfs":
            return JoinBtrfs(
                id=step,
                phase=Phase.STORAGE,
                summary=summary,
                at=store.at,
                old=member.id,
                partition_guid=part.guid,
            )
        case other:
            assert_never(other)


def _spread(old: LostDisk) -> Iterator[SpreadBtrfs]:
    for held in old.held:
        profile = held.group.type
        if held.store.kind == "btrfs" and profile.split(" ")[0] in _MIRRORED:
            yield SpreadBtrfs(
                id=f"spread:{held.store.id}",
                phase=Phase.FINISH,
                summary="Make second copies of what was written while a disk was missing",
                at=held.store.at,
                data=profile.split(" ")[0],
                metadata=profile.split(" ")[0],
            )
