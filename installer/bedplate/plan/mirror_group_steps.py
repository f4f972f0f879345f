"""The steps by which a volume group comes to be on a mirror, in order.

First both disks start the host by themselves, whatever the root file system is on. Then all data
moves to an array of the new disk alone, which is never short of a member; and then the old place
of the data joins it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from bedplate.model.boot_files import ESP_LIST
from bedplate.model.disk_change import (
    AttachArray,
    ChangeHost,
    DiskStep,
    ExtendGroup,
    MakeArray,
    MoveVolumes,
    RebuildInitramfs,
    ReduceGroup,
    UnmountEsp,
)
from bedplate.model.facts import DiskFact
from bedplate.model.host_change import HostChange, HostFile
from bedplate.model.plan import Array, PartitionPlan
from bedplate.model.step import Phase
from bedplate.model.store import StoreFact
from bedplate.plan.esp_adopt import AdoptPlan
from bedplate.plan.files import MDADM_CONF
from bedplate.plan.new_disk import NewDisk, await_members, known_disk, list_esps, prepare, remember
from bedplate.render.system import with_array
from bedplate.units import human


@dataclass(frozen=True, slots=True)
class GroupMove:
    """A volume group that moves to an array of two disks, the new one first.

    `store` is the array as it will be, `old` the partition that the group is on, `adoption` what
    has its host keep kernels on an ESP, if it does not yet.
    """

    new: NewDisk
    vg: str
    used_bytes: int
    array: Array
    store: StoreFact
    old: PartitionPlan
    old_disk: DiskFact
    mdadm_conf: str
    adoption: AdoptPlan | None

    @property
    def new_guid(self) -> str:
        """The GUID of the new disk's member."""
        return next(guid for guid in self.array.members if guid != self.old.guid)


def mirror_steps(move: GroupMove) -> Iterator[DiskStep]:
    """Everything, in order."""
    yield from prepare(move.new)
    yield from _know_array(move)
    yield from _start_from_esps(move)
    yield from _move(move)
    yield from _join(move)
    yield remember(_with_old_known(move))


def _know_array(move: GroupMove) -> Iterator[DiskStep]:
    """The initramfs has to be able to start the array before anything is on it."""
    summary = f"Have the host and its initramfs know the array {move.store.at}"
    file = HostFile(path=MDADM_CONF, content=with_array(move.mdadm_conf, move.array))
    change = HostChange(summary=summary, files=(file,))
    yield ChangeHost(id="know-array", phase=Phase.BOOT, summary=summary, change=change)
    yield RebuildInitramfs(
        id="rebuild-initramfs",
        phase=Phase.BOOT,
        summary="Make the initramfs of every kernel anew",
    )


def _start_from_esps(move: GroupMove) -> Iterator[DiskStep]:
    """Both ESPs get kernels, so that no loader reads what is about to move."""
    new, listed = move.new.fat_id, move.new.esps.listed_ids
    if move.adoption is not None:
        esp = move.adoption.esp
        assert esp.fat_id is not None, "what can be listed has an id"
        listed = (esp.fat_id,)
        if move.adoption.unmount:
            yield UnmountEsp(
                id="unmount-esp",
                phase=Phase.BOOT,
                summary=f"Unmount {', '.join(move.adoption.unmount)}, for good",
                mounts=move.adoption.unmount,
            )
        if files := tuple(f for f in move.adoption.change.files if f.path != ESP_LIST):
            summary = f"Do not mount {esp.path} any more"
            change = HostChange(summary=summary, files=files)
            yield ChangeHost(id="adopt-esp", phase=Phase.BOOT, summary=summary, change=change)
    elif move.new.esps.listed is None:
        return
    if new is not None:
        yield from list_esps("list-esp", (*listed, new), "Keep kernels on the ESPs of both disks")


def _move(move: GroupMove) -> Iterator[DiskStep]:
    array, vg = move.store.at, move.vg
    yield MakeArray(
        id=f"make-array:{move.array.name}",
        phase=Phase.STORAGE,
        summary=f"Create the array {array} of {human(move.array.size_bytes)} on "
        f"{move.new.disk.path} alone (md RAID1)",
        array=move.array,
        partition_guid=move.new_guid,
    )
    yield ExtendGroup(
        id=f"extend-group:{vg}",
        phase=Phase.STORAGE,
        summary=f"Give {vg} the array as a PV",
        vg=vg,
        array=array,
    )
    yield MoveVolumes(
        id=f"move-volumes:{vg}",
        phase=Phase.STORAGE,
        summary=f"Move the volumes of {vg} to the array, {human(move.used_bytes)}",
        vg=vg,
        array=array,
        partition_guid=move.old.guid,
    )
    yield ReduceGroup(
        id=f"reduce-group:{vg}",
        phase=Phase.STORAGE,
        summary=f"Take the empty partition {move.old.number} of {move.old_disk.path} out of {vg}",
        vg=vg,
        partition_guid=move.old.guid,
    )


def _join(move: GroupMove) -> Iterator[DiskStep]:
    store, disk = move.store, move.old_disk
    yield AttachArray(
        id=f"attach:{store.id}:{move.old.guid}",
        phase=Phase.STORAGE,
        summary=f"Have partition {move.old.number} of {disk.path} join {store.name}",
        array=store.at,
        wanted=2,
        partition_guid=move.old.guid,
    )
    yield from await_members({store.id: store}, {store.id: [move.old.guid]}, disk.path)


def _with_old_known(move: GroupMove) -> NewDisk:
    """A host that something else installed is told of its first disk too."""
    if any(known.id == move.old_disk.id for known in move.new.known):
        return move.new
    fat_id = move.adoption.esp.fat_id if move.adoption is not None else None
    return replace(move.new, known=(*move.new.known, known_disk(move.old_disk, fat_id)))
