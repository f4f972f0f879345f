"""The steps of a replacement, in order: the new disk can start the host before it has the data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import assert_never

from bedplate.model.boot_files import ESP_LIST
from bedplate.model.esp import EspFacts
from bedplate.model.facts import DiskFact, Facts
from bedplate.model.host_change import HostChange, HostFile
from bedplate.model.known_disk import KNOWN_DISKS, KnownDisk, KnownDisks
from bedplate.model.plan import DiskPlan, PartitionPlan, Role
from bedplate.model.replacement import (
    AwaitMembers,
    ChangeHost,
    JoinArray,
    JoinBtrfs,
    JoinCache,
    JoinPool,
    JoinStep,
    ReplacementStep,
    SaveTables,
    SpreadBtrfs,
    SyncEsps,
)
from bedplate.model.step import ClearDisk, FormatEsp, FormatSwap, PartitionDisk, Phase
from bedplate.model.store import MemberState
from bedplate.plan.belongings import contents_of
from bedplate.plan.ids import Ids
from bedplate.plan.lost import LostDisk, Membership
from bedplate.plan.release import plan_release
from bedplate.render.fstab import swaps_in
from bedplate.render.system import render_boot_uuids

_MIRRORED = frozenset({"raid1", "raid1c3", "raid1c4", "raid10"})


@dataclass(frozen=True, slots=True)
class Given:
    """A replacement that is decided, and the host that it is made on."""

    facts: Facts
    esps: EspFacts
    known: tuple[KnownDisk, ...]
    fstab: str
    old: LostDisk
    new: DiskFact
    table: DiskPlan
    ids: Ids


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


def plan_replace_steps(given: Given) -> tuple[tuple[ReplacementStep, ...], tuple[str, ...]]:
    """All steps, and what the operator is to be told beside them."""
    esp = given.table.by_role(Role.ESP)
    fat_id = None if esp is None else given.ids.fat_id(f"esp:{given.new.id}")
    listed = _esp_list(given) if given.esps.listed is not None and fat_id is not None else None
    works = given.old.disk is not None
    steps: list[ReplacementStep] = [_save_tables(given), *_prepare(given)]
    if esp is not None and fat_id is not None:
        steps.append(_format_esp(given, esp, fat_id))
    steps += _format_swap(given)
    if listed is not None and fat_id is not None:
        before = listed.listed if works else listed.staying
        steps += _list("list-esp", (*before, fat_id), "List the new ESP")
    steps += _joins(given)
    if listed is not None and fat_id is not None and works:
        steps += _list("unlist-esp", (*listed.staying, fat_id), "Take the old ESP off the list")
    steps.append(_remember(given, fat_id))
    return tuple(steps), listed.warnings if listed is not None else ()


def _esp_list(given: Given) -> _EspList:
    """Which of the listed ESPs is, or was, on the old disk."""
    listed = given.esps.listed_ids
    there = {esp.fat_id: esp.disk for esp in given.esps.esps}
    if given.old.disk is not None:
        return _EspList(
            listed, tuple(fat_id for fat_id in listed if there.get(fat_id) == given.old.name)
        )
    gone = tuple(fat_id for fat_id in listed if fat_id not in there)
    known = tuple(fat_id for fat_id in gone if given.esps.known_disks.get(fat_id) == given.old.name)
    if known or len(gone) < 2:
        return _EspList(listed, known or gone)
    message = (
        f"Of the ESPs {', '.join(gone)} nobody knows which was on the old disk; they stay on the "
        "list. `bedplate esp clean` takes off what no disk has."
    )
    return _EspList(listed, (), (message,))


def _save_tables(given: Given) -> SaveTables:
    others = (given.new.id, given.old.name)
    disks = tuple(
        disk.id
        for disk in given.facts.disks
        if disk.table and disk.error is None and disk.id not in others
    )
    return SaveTables(
        id="save-tables",
        phase=Phase.CHECK,
        summary=f"Keep the partition tables of {len(disks)} other disk(s)",
        disks=disks,
    )


def _prepare(given: Given) -> Iterator[ReplacementStep]:
    new, table = given.new, given.table
    yield from plan_release(given.facts, (new,))
    yield ClearDisk(
        id=f"clear-disk:{new.id}",
        phase=Phase.CLEAR,
        summary=f"Wipe {new.describe()}",
        destroys=contents_of(new, given.facts),
        disk=new.id,
    )
    yield PartitionDisk(
        id=f"partition-disk:{new.id}",
        phase=Phase.PARTITION,
        summary=f"Write a GPT with {len(table.partitions)} partitions to {new.path}",
        disk=new.id,
    )


def _format_esp(given: Given, esp: PartitionPlan, fat_id: str) -> FormatEsp:
    return FormatEsp(
        id=f"format-esp:{given.new.id}",
        phase=Phase.BOOT,
        summary=f"Make FAT32 on the ESP of {given.new.path}",
        disk=given.new.id,
        partition_guid=esp.guid,
        fat_id=fat_id,
    )


def _format_swap(given: Given) -> Iterator[FormatSwap]:
    """With the UUID that /etc/fstab has, if it is clear which one was on the old disk."""
    there = {s.uuid for disk in given.facts.disks for one in disk.devices for s in one.signatures}
    gone = [uuid for uuid in swaps_in(given.fstab) if uuid not in there]
    for place, part in enumerate(p for p in given.table.partitions if p.role is Role.SWAP):
        uuid = gone[place] if place < len(gone) else given.ids.guid(f"swap:{part.guid}")
        yield FormatSwap(
            id=f"format-swap:{part.guid}",
            phase=Phase.STORAGE,
            summary=f"Make swap space on {given.new.path}",
            disk=given.new.id,
            partition_guid=part.guid,
            uuid=uuid,
        )


def _list(step: str, ids: tuple[str, ...], summary: str) -> tuple[ReplacementStep, ...]:
    """List these ESPs, and have them synced: the new one, or those that are left."""
    files = (HostFile(path=ESP_LIST, content=render_boot_uuids(ids)),)
    change = HostChange(summary=summary, files=files)
    return (
        ChangeHost(id=step, phase=Phase.BOOT, summary=summary, change=change),
        SyncEsps(id=f"sync-after-{step}", phase=Phase.BOOT, summary="Bring every ESP in sync"),
    )


def _joins(given: Given) -> Iterator[ReplacementStep]:
    """Each part of the new disk takes the place of the member that was on its like."""
    free = list(given.table.partitions)
    joining: dict[str, list[str]] = {}
    for held in given.old.held:
        part = next((part for part in free if part.role is held.group.role), None)
        if part is not None:
            free.remove(part)
            joining.setdefault(held.store.id, []).append(part.guid)
            yield _join(held, part, given)
    stores = {held.store.id: held.store for held in given.old.held}
    for store, guids in joining.items():
        yield AwaitMembers(
            id=f"await:{store}",
            phase=Phase.FINISH,
            summary=f"Wait until {stores[store].name} has all its data on {given.new.path}",
            store=store,
            partition_guids=tuple(guids),
        )
    yield from _spread(given)


def _join(held: Membership, part: PartitionPlan, given: Given) -> JoinStep:
    store, member = held.store, held.member
    step = f"join:{store.id}:{part.guid}"
    summary = f"Have partition {part.number} of {given.new.path} join {store.name}"
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
            there = given.old.disk is not None
            return JoinArray(
                id=step,
                phase=Phase.STORAGE,
                summary=summary,
                array=store.at,
                failed=member.path if there else None,
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


def _spread(given: Given) -> Iterator[SpreadBtrfs]:
    for held in given.old.held:
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


def _remember(given: Given, fat_id: str | None) -> ChangeHost:
    """The new disk among those that the host knows as its own."""
    words = (given.new.model, given.new.serial and f"serial {given.new.serial}")
    title = ", ".join(word for word in words if word) or given.new.id
    staying = tuple(disk for disk in given.known if disk.id not in (given.old.name, given.new.id))
    known = KnownDisks((*staying, KnownDisk(id=given.new.id, title=title, fat_id=fat_id)))
    summary = "Remember the new disk as one of this host"
    change = HostChange(summary=summary, files=(HostFile(path=KNOWN_DISKS, content=known.text()),))
    return ChangeHost(id="remember", phase=Phase.FINISH, summary=summary, change=change)
