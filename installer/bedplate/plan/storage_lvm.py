"""Volume groups, thin pools and directories on thin volumes, for guests of a host that runs."""

from __future__ import annotations

from collections.abc import Iterator

from bedplate.errors import Problem
from bedplate.model.facts import DiskFact, Facts, LogicalVolumeFact, VolumeGroupFact
from bedplate.model.gpt import LVM_TYPE
from bedplate.model.plan import DiskPlan, Role
from bedplate.model.step import Phase
from bedplate.model.storage_request import DirectoryRequest, GroupRequest, ThinPoolRequest
from bedplate.model.storage_step import (
    FormatThinVolume,
    MakeGroup,
    MakeThinPool,
    MakeThinVolume,
    MountDirectory,
)
from bedplate.plan.belongings import volume_groups_on
from bedplate.plan.ids import Ids
from bedplate.plan.lvm import EXTENT_BYTES, PV_START_BYTES
from bedplate.plan.storage_disks import Piece, choose_free, is_meant, plan_more_table
from bedplate.plan.storage_entries import group_entry, mounted_entry, thin_entry
from bedplate.plan.storage_input import Draft, StorageInput
from bedplate.plan.thin_sizes import new_pool_sizes
from bedplate.render.fstab import mounts_in
from bedplate.units import align_down, align_up, human

PIECES = (Piece(Role.DATA),)


def draft_group(asked: GroupRequest, given: StorageInput, ids: Ids) -> Draft:
    """A volume group over all of some disks."""
    where = f"volume-group.{asked.name}"
    entry = group_entry(asked.name, asked.name, asked.content) if asked.content else None
    if (found := group_named(asked.name, given.facts)) is not None:
        on = disks_of(found, given.facts)
        if is_meant(on, asked.disks):
            return Draft(entry=entry)
        message = f"is there already, on {_listed(on)}, and other disks are asked for"
        hint = f"`bedplate storage add {asked.name} DISK` gives it more, or choose another name"
        return Draft(problems=(Problem("group-differs", where, message, hint),))
    disks, problems = choose_free(asked.disks, given, where)
    tables = [plan_more_table(disk, PIECES, LVM_TYPE, ids) for disk in disks]
    fitting = tuple(table for table in tables if isinstance(table, DiskPlan))
    problems += tuple(table for table in tables if isinstance(table, Problem))
    problems += tuple(refuse_mixed_sectors(disks, where))
    if (why := given.occupied.get(f"/dev/{asked.name}")) is not None:
        message = f"/dev/{asked.name} {why}, and the volumes of the group would be there"
        problems += (Problem("place-taken", where, message, "choose another name"),)
    step = MakeGroup(
        id=f"make-group:{asked.name}",
        phase=Phase.STORAGE,
        summary=f"Create the volume group {asked.name} on {_listed(disks)}",
        vg=asked.name,
        partition_guids=tuple(table.partitions[0].guid for table in fitting),
    )
    return Draft(problems, disks, fitting, (step,), entry=entry, warnings=tuple(warn_spread(disks)))


def future_group(name: str, tables: tuple[DiskPlan, ...]) -> VolumeGroupFact:
    """A volume group as it will be once these disks have their tables."""
    size = sum(
        align_down(table.partitions[0].size_bytes - PV_START_BYTES, EXTENT_BYTES)
        for table in tables
    )
    return VolumeGroupFact(
        name=name, uuid="", size_bytes=size, free_bytes=size, extent_bytes=EXTENT_BYTES
    )


def draft_thin_pool(
    asked: ThinPoolRequest, group: VolumeGroupFact
) -> tuple[Draft, VolumeGroupFact]:
    """A thin pool, and its group as it will be then."""
    where = f"thin-pool.{asked.name}"
    entry = None
    if asked.content:
        entry = thin_entry(asked.name, group.name, asked.name, asked.content)
    if (found := group.volume(asked.name)) is not None:
        return Draft(problems=tuple(_unlike(asked, found, group, where)), entry=entry), group
    sizes = new_pool_sizes(group, where, asked.size_bytes, asked.metadata_size_bytes)
    if isinstance(sizes, Problem):
        return Draft(problems=(sizes,)), group
    step = MakeThinPool(
        id=f"make-thin-pool:{group.name}/{asked.name}",
        phase=Phase.STORAGE,
        summary=f"Create the thin pool {group.name}/{asked.name}, {human(sizes.data_bytes)} with "
        f"{human(sizes.metadata_bytes)} of metadata",
        vg=group.name,
        pool=asked.name,
        size_bytes=sizes.data_bytes,
        metadata_size_bytes=sizes.metadata_bytes,
    )
    pool = LogicalVolumeFact(
        name=asked.name,
        uuid="",
        size_bytes=sizes.data_bytes,
        kind="thin,pool",
        active=True,
        metadata_size_bytes=sizes.metadata_bytes,
    )
    changed = {
        "volumes": (*group.volumes, pool),
        "free_bytes": group.free_bytes - sizes.taken_bytes,
        "spare_bytes": max(group.spare_bytes, sizes.metadata_bytes),
    }
    return Draft(steps=(step,), entry=entry), group.model_copy(update=changed)


def draft_directory(
    asked: DirectoryRequest, group: VolumeGroupFact, given: StorageInput, ids: Ids
) -> tuple[Draft, VolumeGroupFact]:
    """A file system on a thin volume, mounted at every start if its disks are there.

    And its group, as it will be then.
    """
    where, device = f"directory.{asked.name}", f"/dev/{group.name}/{asked.name}"
    entry = mounted_entry(asked.name, asked.path, asked.content) if asked.content else None
    mount = MountDirectory(
        id=f"mount-directory:{asked.path}",
        phase=Phase.CONFIGURE,
        summary=f"Mount {group.name}/{asked.name} on {asked.path}",
        at=asked.path,
    )
    if (found := group.volume(asked.name)) is not None:
        is_listed = mounts_in(given.fstab).get(asked.path) == device
        problems = tuple(_other_volume(asked, found, is_listed, where))
        steps = () if asked.path in given.mounted else (mount,)
        return Draft(problems, after_fstab=steps, entry=entry), group
    size = align_up(asked.size_bytes, group.extent_bytes)
    check = 2 if asked.filesystem == "ext4" else 0
    draft = Draft(
        tuple(_unfit(asked, group, given, where)),
        steps=tuple(_make_directory(asked, group, size, ids)),
        after_fstab=(mount,),
        fstab=f"{device} {asked.path} {asked.filesystem} defaults,nofail 0 {check}",
        entry=entry,
        warnings=tuple(_overcommitted(asked, group, size)),
    )
    volume = LogicalVolumeFact(
        name=asked.name, uuid="", size_bytes=size, kind="thin", active=True, pool=asked.pool
    )
    return draft, group.model_copy(update={"volumes": (*group.volumes, volume)})


def _make_directory(
    asked: DirectoryRequest, group: VolumeGroupFact, size_bytes: int, ids: Ids
) -> Iterator[MakeThinVolume | FormatThinVolume]:
    name = f"{group.name}/{asked.name}"
    yield MakeThinVolume(
        id=f"make-thin-volume:{name}",
        phase=Phase.STORAGE,
        summary=(
            f"Create the thin volume {name} of {human(size_bytes)} in {group.name}/{asked.pool}"
        ),
        vg=group.name,
        pool=asked.pool,
        volume=asked.name,
        size_bytes=size_bytes,
    )
    yield FormatThinVolume(
        id=f"format-thin-volume:{name}",
        phase=Phase.STORAGE,
        summary=f"Make {asked.filesystem} on {name}",
        vg=group.name,
        volume=asked.name,
        filesystem=asked.filesystem,
        uuid=ids.guid(f"volume:{name}"),
    )


def group_named(name: str, facts: Facts) -> VolumeGroupFact | None:
    """The volume group of that name, if there is one."""
    return next((group for group in facts.volume_groups if group.name == name), None)


def disks_of(group: VolumeGroupFact, facts: Facts) -> tuple[DiskFact, ...]:
    """The disks that a volume group lies on."""
    return tuple(disk for disk in facts.disks if group in volume_groups_on(disk, facts))


def refuse_mixed_sectors(disks: tuple[DiskFact, ...], where: str) -> Iterator[Problem]:
    """LVM does not make a group of disks with different sectors, see vgcreate(8)."""
    for disk in disks[1:]:
        if disk.sector_size != disks[0].sector_size:
            message = (
                f"{disk.describe()} has sectors of {disk.sector_size} bytes, and {disks[0].path} "
                f"in {where} of {disks[0].sector_size}"
            )
            hint = "a file system of one would not work on the other: choose disks of one kind"
            yield Problem("sector-size", disk.id, message, hint)


def warn_spread(disks: tuple[DiskFact, ...]) -> Iterator[str]:
    """What a group over several disks means."""
    if len(disks) > 1:
        yield (
            f"A volume group over {len(disks)} disks has no redundancy: it is incomplete, and none "
            "of it is activated at a start, if one of them is lost."
        )


def _unlike(
    asked: ThinPoolRequest, found: LogicalVolumeFact, group: VolumeGroupFact, where: str
) -> Iterator[Problem]:
    """What keeps a volume that is there from being the pool that is asked for."""
    name = f"{group.name}/{asked.name}"
    if not found.is_pool:
        message = f"is the name of a volume of {group.name} that is no thin pool"
        yield Problem("volume-differs", where, message, "choose another name")
        return
    for what, wanted, there in (
        ("size", asked.size_bytes, found.size_bytes),
        ("metadata-size", asked.metadata_size_bytes, found.metadata_size_bytes or 0),
    ):
        if wanted is not None and align_up(wanted, group.extent_bytes) > there:
            message = f"is {human(wanted)}, and {name} is there already with {human(there)}"
            hint = f"`bedplate storage grow {name} --{what}` makes it larger"
            yield Problem("volume-differs", f"{where}.{what}", message, hint)


def _other_volume(
    asked: DirectoryRequest, found: LogicalVolumeFact, is_mounted: bool, where: str
) -> Iterator[Problem]:
    if found.pool == asked.pool and is_mounted:
        if asked.size_bytes > found.size_bytes:
            message = (
                f"is {human(asked.size_bytes)}, and {found.name} has {human(found.size_bytes)}"
            )
            hint = f"`lvextend --resizefs --size {asked.size_bytes}b` makes volume and data larger"
            yield Problem("volume-differs", f"{where}.size", message, hint)
        return
    message = (
        f"is the name of a volume that is there already, and that /etc/fstab does not mount on "
        f"{asked.path}"
    )
    hint = "choose another name; if nothing of use is on it: `lvremove`"
    yield Problem("volume-differs", where, message, hint)


def _unfit(
    asked: DirectoryRequest, group: VolumeGroupFact, given: StorageInput, where: str
) -> Iterator[Problem]:
    pool = group.volume(asked.pool)
    if pool is None or not pool.is_pool:
        pools = ", ".join(f"{group.name}/{one.name}" for one in group.volumes if one.is_pool)
        message = f"{group.name}/{asked.pool} is no thin pool; there are: {pools or 'none'}"
        yield Problem("no-thin-pool", f"{where}.thin-pool", message, "ask for one in the same file")
    if (taken := mounts_in(given.fstab).get(asked.path)) is not None:
        message = f"{asked.path} is where /etc/fstab mounts {taken}"
        yield Problem("place-taken", f"{where}.path", message, "choose another path")
    elif (why := given.occupied.get(asked.path)) is not None:
        message = f"{asked.path} {why}, which would be hidden by what is mounted there"
        yield Problem("place-taken", f"{where}.path", message, "choose another path, or empty it")
    if (tool := f"mkfs.{asked.filesystem}") in given.facts.missing_tools:
        yield Problem("tool-missing", tool, "is not installed, and is needed", f"install {tool}")


def _overcommitted(
    asked: DirectoryRequest, group: VolumeGroupFact, size_bytes: int
) -> Iterator[str]:
    pool = group.volume(asked.pool)
    others = sum(one.size_bytes for one in group.volumes if one.pool == asked.pool)
    if pool is not None and others + size_bytes > pool.size_bytes:
        together = human(others + size_bytes)
        yield (
            f"The thin volumes of {group.name}/{pool.name} may grow to {together} together, and it "
            f"has {human(pool.size_bytes)}: watch how full it is."
        )


def _listed(disks: tuple[DiskFact, ...]) -> str:
    return ", ".join(disk.path for disk in disks) or "no disk"
