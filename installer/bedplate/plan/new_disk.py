"""The steps by which a new disk becomes one of the host's, whatever it is to hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bedplate.model.boot_files import ESP_LIST
from bedplate.model.disk_change import AwaitMembers, ChangeHost, DiskStep, SaveTables, SyncEsps
from bedplate.model.esp import EspFacts
from bedplate.model.facts import DiskFact, Facts
from bedplate.model.host_change import HostChange, HostFile
from bedplate.model.known_disk import KNOWN_DISKS, KnownDisk, KnownDisks
from bedplate.model.plan import DiskPlan, Role
from bedplate.model.step import FormatEsp, FormatSwap, PartitionDisk, Phase
from bedplate.model.store import StoreFact
from bedplate.plan.ids import Ids
from bedplate.plan.release import clear_disk, plan_release
from bedplate.render.fstab import swaps_in
from bedplate.render.system import render_boot_uuids


@dataclass(frozen=True, slots=True)
class NewDisk:
    """A disk that joins a host, the table that it gets, and the host."""

    facts: Facts
    esps: EspFacts
    known: tuple[KnownDisk, ...]
    fstab: str
    disk: DiskFact
    table: DiskPlan
    ids: Ids

    @property
    def fat_id(self) -> str | None:
        """That of the ESP that it gets, if it gets one."""
        if self.table.by_role(Role.ESP) is None:
            return None
        return self.ids.fat_id(f"esp:{self.disk.id}")


def prepare(new: NewDisk, leaving: str | None = None) -> Iterator[DiskStep]:
    """Everything up to where a store takes its partitions in; `leaving` is the disk that goes."""
    disk, table = new.disk, new.table
    yield save_tables(new.facts, (disk.id, leaving))
    yield from plan_release(new.facts, (disk,))
    yield clear_disk(disk, new.facts)
    yield PartitionDisk(
        id=f"partition-disk:{disk.id}",
        phase=Phase.PARTITION,
        summary=f"Write a GPT with {len(table.partitions)} partitions to {disk.path}",
        disk=disk.id,
    )
    yield from _format_esp(new)
    yield from _format_swap(new)


def save_tables(facts: Facts, without: tuple[str | None, ...] = ()) -> SaveTables:
    """Keep the tables of all disks that can be read, but for these."""
    disks = tuple(
        disk.id
        for disk in facts.disks
        if disk.table and disk.error is None and disk.id not in without
    )
    return SaveTables(
        id="save-tables",
        phase=Phase.CHECK,
        summary=f"Keep the partition tables of {len(disks)} other disk(s)",
        disks=disks,
    )


def list_esps(step: str, ids: tuple[str, ...], summary: str) -> tuple[DiskStep, ...]:
    """List these ESPs, and have them synced: a new one, or those that are left."""
    files = (HostFile(path=ESP_LIST, content=render_boot_uuids(ids)),)
    change = HostChange(summary=summary, files=files)
    return (
        ChangeHost(id=step, phase=Phase.BOOT, summary=summary, change=change),
        SyncEsps(id=f"sync-after-{step}", phase=Phase.BOOT, summary="Bring every ESP in sync"),
    )


def await_members(
    stores: Mapping[str, StoreFact], joining: Mapping[str, list[str]], path: str
) -> Iterator[AwaitMembers]:
    """Wait for the stores of these ids to give partitions of the disk at `path` their data."""
    for store, guids in joining.items():
        yield AwaitMembers(
            id=f"await:{store}",
            phase=Phase.FINISH,
            summary=f"Wait until {stores[store].name} has all its data on {path}",
            store=store,
            partition_guids=tuple(guids),
        )


def remember(new: NewDisk, leaving: str | None = None) -> ChangeHost:
    """The new disk among those that the host knows as its own, the one that goes no more."""
    staying = tuple(one for one in new.known if one.id not in (leaving, new.disk.id))
    added = known_disk(new.disk, new.fat_id)
    return know((*staying, added), "Remember the new disk as one of this host")


def known_disk(disk: DiskFact, fat_id: str | None) -> KnownDisk:
    """What the host keeps of one of its disks, for the time when it is gone."""
    words = (disk.model, disk.serial and f"serial {disk.serial}")
    title = ", ".join(word for word in words if word) or disk.id
    return KnownDisk(id=disk.id, title=title, fat_id=fat_id, place=disk.place)


def know(disks: tuple[KnownDisk, ...], summary: str) -> ChangeHost:
    """These are the disks of the host from now on."""
    known = KnownDisks(disks)
    change = HostChange(summary=summary, files=(HostFile(path=KNOWN_DISKS, content=known.text()),))
    return ChangeHost(id="remember", phase=Phase.FINISH, summary=summary, change=change)


def _format_esp(new: NewDisk) -> Iterator[FormatEsp]:
    esp, fat_id = new.table.by_role(Role.ESP), new.fat_id
    if esp is not None and fat_id is not None:
        yield FormatEsp(
            id=f"format-esp:{new.disk.id}",
            phase=Phase.BOOT,
            summary=f"Make FAT32 on the ESP of {new.disk.path}",
            disk=new.disk.id,
            partition_guid=esp.guid,
            fat_id=fat_id,
        )


def _format_swap(new: NewDisk) -> Iterator[FormatSwap]:
    """With the UUID that /etc/fstab has, if it is clear which one was on the old disk."""
    there = {s.uuid for disk in new.facts.disks for one in disk.devices for s in one.signatures}
    gone = [uuid for uuid in swaps_in(new.fstab) if uuid not in there]
    for place, part in enumerate(p for p in new.table.partitions if p.role is Role.SWAP):
        uuid = gone[place] if place < len(gone) else new.ids.guid(f"swap:{part.guid}")
        yield FormatSwap(
            id=f"format-swap:{part.guid}",
            phase=Phase.STORAGE,
            summary=f"Make swap space on {new.disk.path}",
            disk=new.disk.id,
            partition_guid=part.guid,
            uuid=uuid,
        )
