"""How a volume group that lies straight on a partition comes to be mirrored: decision 0019.

An array of the new disk alone takes all of it in while the host runs; then the partition that is
empty joins the array. What comes of it is what the layout `lvm-mirror` makes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from bedplate.errors import Problem, RefusedError
from bedplate.model.disk_change import Action, DiskChange
from bedplate.model.esp import EspFacts
from bedplate.model.facts import DiskFact, Facts, PartitionFact, VolumeGroupFact
from bedplate.model.gpt import ESP_TYPE, LINUX_RAID_TYPE
from bedplate.model.known_disk import KnownDisk
from bedplate.model.plan import Array, DiskPlan, PartitionPlan, Role
from bedplate.model.smart import SmartFact
from bedplate.model.store import MemberFact, MemberGroup, MemberState, StoreFact
from bedplate.plan.array import SMALLEST_OFFSET_BYTES, fitting_offset_bytes, plan_array
from bedplate.plan.belongings import partition_names, volume_groups_on
from bedplate.plan.disk_health import refuse_failing, warn_of
from bedplate.plan.esp_adopt import AdoptPlan, once_adopted, plan_adopt
from bedplate.plan.esp_sync import SyncInput, plan_sync
from bedplate.plan.ids import Ids
from bedplate.plan.lvm import PV_START_BYTES
from bedplate.plan.mirror_group_steps import GroupMove, mirror_steps
from bedplate.plan.new_disk import NewDisk
from bedplate.plan.release import group_uuid
from bedplate.plan.replace_table import bios_boot_number, parts_of, plan_table, role_of
from bedplate.units import MIB, align_up, human

_TOOLS = ("lvm", "mdadm")
# As in layouts/lvm-mirror.toml.
_ARRAY = "mirror"


@dataclass(frozen=True, slots=True)
class LoneGroup:
    """A volume group that has its data on partitions of a disk, one of which is `partition`."""

    group: VolumeGroupFact
    disk: DiskFact
    partition: PartitionFact

    @property
    def array_name(self) -> str:
        """What the array will be called: what the layout calls it, for the group of the root."""
        return _ARRAY if self.has_root else self.group.name

    @property
    def array_at(self) -> str:
        """Where the array will be."""
        return f"/dev/md/{self.array_name}"

    @property
    def needed_bytes(self) -> int:
        """How large an array has to be that takes all of it in."""
        used = self.group.size_bytes - self.group.free_bytes
        return align_up(used + PV_START_BYTES, MIB)

    @property
    def least_bytes(self) -> int:
        """How large a partition has to be to be a member of such an array."""
        return self.needed_bytes + SMALLEST_OFFSET_BYTES

    @property
    def has_root(self) -> bool:
        """Whether the host runs from it."""
        uuid = self.group.uuid.replace("-", "")
        return any("/" in layer.mounts for layer in self.disk.layers if group_uuid(layer) == uuid)


@dataclass(frozen=True, slots=True)
class GroupInput:
    """All that it follows from. `fstab` and `mdadm_conf` are the texts of those files.

    `smart` is what disks say of themselves, as far as they were asked. `sync` is what a sync of
    the ESPs would follow from, where nobody has kept them in sync so far.
    """

    lone: LoneGroup
    new: DiskFact
    facts: Facts
    stores: tuple[StoreFact, ...]
    esps: EspFacts
    known: tuple[KnownDisk, ...]
    smart: tuple[SmartFact, ...]
    fstab: str
    mdadm_conf: str
    sync: SyncInput | None


def lone_group(disk: DiskFact, facts: Facts) -> LoneGroup | None:
    """The volume group that lies straight on a partition of a disk, if one does."""
    for group in volume_groups_on(disk, facts):
        for partition in disk.partitions:
            if partition_names(disk, partition) & set(group.pvs):
                return LoneGroup(group, disk, partition)
    return None


def plan_group_mirror(given: GroupInput, ids: Ids) -> DiskChange:
    """Everything that is done to have the group on a mirror of its disk and the new one.

    Raises `RefusedError` with the reasons why it cannot be.
    """
    lone, new = given.lone, given.new
    problems = [*_unfit(given), *refuse_failing(new, given.smart)]
    table = _table(given, ids)
    if isinstance(table, Problem):
        problems.append(table)
    adoption = None
    try:
        if lone.has_root and given.esps.listed is None:
            adoption = _adoption(given)
    except RefusedError as refused:
        raise RefusedError([*problems, *refused.problems]) from refused
    if problems or isinstance(table, Problem):
        raise RefusedError(problems)
    kept = _kept_table(lone.disk, (*given.stores, _future(lone, ids)))
    joins = NewDisk(given.facts, given.esps, given.known, given.fstab, new, table, ids)
    move = GroupMove(
        new=joins,
        vg=lone.group.name,
        used_bytes=lone.group.size_bytes - lone.group.free_bytes,
        array=_array(lone, kept, table, ids),
        store=_future(lone, ids),
        old=_data_of(kept),
        old_disk=lone.disk,
        mdadm_conf=given.mdadm_conf,
        adoption=adoption,
    )
    return DiskChange(
        action=Action.ATTACH,
        made_for=(new, lone.disk),
        disks=(table, kept),
        stays=(lone.disk.describe(),),
        steps=tuple(mirror_steps(move)),
        warnings=(
            f"Until the end there is one copy of {lone.group.name}, as now: first on the old disk, "
            "then on the new one. While it moves, the host starts only with both. Have a backup.",
            *warn_of((new, lone.disk), given.smart),
        ),
    )


def _unfit(given: GroupInput) -> Iterator[Problem]:
    lone, new = given.lone, given.new
    name, disk = lone.group.name, lone.disk
    for tool in sorted(set(_TOOLS) & set(given.facts.missing_tools)):
        yield Problem("tool-missing", tool, "is not installed, and is needed", f"install {tool}")
    if lone.group.missing_pvs:
        message = f"lacks {lone.group.missing_pvs} of its PVs: that comes first"
        yield Problem("group-not-whole", name, message, f"vgs --options +pv_missing {name}")
    elif len(lone.group.pvs) > 1:
        message = f"is spread over {', '.join(lone.group.pvs)}, and only one PV can be mirrored"
        hint = f"move it to one of them first: pvmove, then vgreduce {name}"
        yield Problem("group-spread", name, message, hint)
    if disk.table != "gpt" or lone.partition.guid is None:
        message = f"{disk.describe()} has no GPT, as boot disks do"
        yield Problem("no-gpt", disk.id, message, "install `lvm-mirror` instead")
    if new.sector_size != disk.sector_size:
        message = (
            f"{new.describe()} has sectors of {new.sector_size} bytes, and what is in {name} was "
            f"made for sectors of {disk.sector_size}"
        )
        yield Problem("sector-size", new.id, message, "take a disk with the same sectors")
    if any(lone.array_at in (store.at, store.name) for store in given.stores):
        message = "is the name of an array that is there already"
        yield Problem("array-taken", lone.array_at, message, "see `bedplate disk list`")
    if (short := lone.least_bytes - lone.partition.size_bytes) > 0:
        message = (
            f"is full: a mirror takes a little of each disk for itself, and there are {short} "
            f"bytes ({human(short)}) too few for it in {lone.partition.path}"
        )
        hint = f"free them: make a volume smaller, or remove one; `vgs {name}` shows what is free"
        yield Problem("group-full", name, message, hint)
    for part in disk.partitions:
        if part.mounts and part.type_guid != ESP_TYPE:
            message = f"is mounted on {part.mounts[0]}, and would be on one disk only"
            hint = f"move what is on it into {name}, or install `lvm-mirror` instead"
            yield Problem("not-mirrored", part.path, message, hint)


def _future(lone: LoneGroup, ids: Ids) -> StoreFact:
    """The array as it will be once it has taken the partition in."""
    member = MemberFact(id="0", path=lone.partition.path, state=MemberState.WELL)
    group = MemberGroup(type="raid1", members=(member,), needed_bytes=lone.least_bytes)
    return StoreFact(
        kind="md",
        id=ids.guid(f"array:{lone.array_name}"),
        name=lone.array_at,
        at=lone.array_at,
        groups=(group,),
    )


def _table(given: GroupInput, ids: Ids) -> DiskPlan | Problem:
    lone = given.lone
    stores = (*given.stores, _future(lone, ids))
    parts, _ = parts_of(lone.disk, stores, {Role.DATA: lone.least_bytes})
    table = plan_table(given.new, parts, ids, bios_boot_number(lone.disk))
    return table if isinstance(table, Problem) else _as_member(table)


def _as_member(table: DiskPlan) -> DiskPlan:
    """The table with its data partition called what it is: a member of an array."""
    partitions = tuple(
        part.model_copy(update={"type_guid": LINUX_RAID_TYPE}) if part.role is Role.DATA else part
        for part in table.partitions
    )
    return table.model_copy(update={"partitions": partitions})


def _kept_table(disk: DiskFact, stores: tuple[StoreFact, ...]) -> DiskPlan:
    """The table of the disk that is there, as far as the use of its partitions is known."""
    partitions = tuple(
        PartitionPlan(
            number=part.number,
            role=role,
            type_guid=part.type_guid or "",
            guid=part.guid or "",
            first_sector=part.first_sector,
            last_sector=part.last_sector,
            size_bytes=part.size_bytes,
        )
        for part in disk.partitions
        if (role := role_of(part, disk, stores)) is not None
    )
    return _as_member(
        DiskPlan(
            id=disk.id,
            path=disk.path,
            size_bytes=disk.size_bytes,
            sector_size=disk.sector_size,
            guid=disk.guid or "",
            partitions=partitions,
        )
    )


def _array(lone: LoneGroup, kept: DiskPlan, table: DiskPlan, ids: Ids) -> Array:
    members = (_data_of(kept), _data_of(table))
    smallest = min(part.size_bytes for part in members)
    offset = fitting_offset_bytes(smallest, lone.needed_bytes)
    assert offset is not None, "a smaller partition was refused"
    return plan_array(lone.array_name, members, ids, offset)


def _data_of(table: DiskPlan) -> PartitionPlan:
    part = table.by_role(Role.DATA)
    assert part is not None, "the partition that the group is on is its data"
    return part


def _adoption(given: GroupInput) -> AdoptPlan:
    """The ESP of the disk that is there, for no loader can read the root once it is on an array.

    Raises `RefusedError` if kernels cannot be kept on it.
    """
    disk = given.lone.disk
    here = [esp for esp in given.esps.esps if (esp.disk, esp.type_guid) == (disk.id, ESP_TYPE)]
    if not here:
        message = f"{disk.describe()} has no ESP, and kernels have to be on one"
        hint = "`bedplate esp format PARTITION` makes a partition one"
        raise RefusedError(Problem("no-esp", disk.id, message, hint))
    adoption = plan_adopt(here[0].path, given.facts.disks, given.esps, given.fstab)
    if given.sync is not None:
        facts = once_adopted(given.sync.facts, adoption)
        sync = plan_sync(replace(given.sync, facts=facts, adding=adoption.esp.fat_id))
        if all(lane.path != adoption.esp.path for lane in sync.lanes):
            raise RefusedError([p for p in sync.problems if p.where == adoption.esp.describe()])
    return adoption
