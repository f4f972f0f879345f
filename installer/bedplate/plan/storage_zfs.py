"""ZFS pools for guests on further disks, of every RAID level, with special, log and cache devices.

What is not wise is refused unless somebody insists: a special device that survives less than the
pool, and disks that differ too much in size.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from bedplate.errors import Problem
from bedplate.model.facts import ZFS_MODULE, DiskFact
from bedplate.model.gpt import ZFS_TYPE
from bedplate.model.layout import Raid
from bedplate.model.plan import DiskPlan, Role
from bedplate.model.step import Phase
from bedplate.model.storage_request import PartRequest, PoolRequest
from bedplate.model.storage_step import MakePool
from bedplate.model.store import StoreFact
from bedplate.plan.ids import Ids
from bedplate.plan.lost import members_on
from bedplate.plan.redundancy import disks as counted
from bedplate.plan.redundancy import tolerance_of_vdev, weakest
from bedplate.plan.storage_disks import (
    Piece,
    choose_free,
    equal_bytes,
    is_meant,
    plan_more_table,
    refuse_unequal,
)
from bedplate.plan.storage_entries import pool_entry
from bedplate.plan.storage_input import Draft, StorageInput
from bedplate.plan.zfs import MINIMUM_DISKS, fast_vdevs, plan_vdevs
from bedplate.units import MIB, align_up

_INSIST = "set insist = true"
_TOOLS = ("zpool", "zfs", ZFS_MODULE)
_PARTS = (Role.SPECIAL, Role.LOG, Role.CACHE)
_KINDS = {
    Raid.RAID0: "disk",
    Raid.RAID1: "mirror",
    Raid.RAID10: "mirror",
    Raid.RAIDZ1: "raidz1",
    Raid.RAIDZ2: "raidz2",
    Raid.RAIDZ3: "raidz3",
}

Members = Mapping[Role, tuple[DiskFact, ...]]
# Disks that stand in for each other, by what they do so for.
Alike = tuple[tuple[Role, tuple[DiskFact, ...]], ...]


def draft_pool(asked: PoolRequest, given: StorageInput, ids: Ids) -> Draft:
    """A pool on whole disks; fast ones may carry special, log and cache partitions together."""
    where = f"pool.{asked.name}"
    entry = pool_entry(asked.name, asked.name, asked.content) if asked.content else None
    if (found := given.pool(asked.name)) is not None:
        return Draft(problems=tuple(_unlike(asked, found, given, where)), entry=entry)
    members, problems = _choose(asked, given, where)
    problems += tuple(_unfit(asked, members, given, where))
    if problems:
        return Draft(problems, every_disk(members), entry=entry)
    tables = plan_tables(members, _sizes(asked), _alike(asked.raid, members), ids)
    if too_small := tuple(table for table in tables if isinstance(table, Problem)):
        return Draft(too_small, every_disk(members), entry=entry)
    planned = tuple(table for table in tables if isinstance(table, DiskPlan))
    guids = guids_of(members, planned)
    vdevs = (*plan_vdevs(asked.raid, guids[Role.DATA]), *fast_vdevs(guids))
    properties = {"compression": asked.compress}
    if asked.small_blocks is not None:
        properties["special_small_blocks"] = asked.small_blocks
    step = MakePool(
        id=f"make-pool:{asked.name}",
        phase=Phase.STORAGE,
        summary=f"Create the pool {asked.name}: {', '.join(vdev.title for vdev in vdevs)}",
        pool=asked.name,
        ashift=asked.ashift,
        vdevs=vdevs,
        properties=properties,
    )
    chosen = every_disk(members)
    return Draft(
        disks=chosen,
        tables=planned,
        steps=(step,),
        entry=entry,
        warnings=tuple(_warn(asked, members)),
        remembered=chosen,
    )


def plan_tables(
    members: Members, sizes: Mapping[Role, int | None], alike: Alike, ids: Ids
) -> tuple[DiskPlan | Problem, ...]:
    """The table of each disk: what all the roles that it has need of it.

    Partitions of disks that are `alike` in a role are of one size, with room for a slightly smaller
    replacement.
    """
    found = []
    for disk in every_disk(members):
        pieces = _pieces(disk, members, sizes)
        rest = next((piece.role for piece in pieces if piece.size_bytes is None), None)
        group = next((some for role, some in alike if role is rest and disk in some), ())
        rooms = [equal_bytes((one,), _pieces(one, members, sizes)) for one in group]
        rest_bytes = min(rooms) if len(rooms) > 1 else None
        found.append(plan_more_table(disk, pieces, ZFS_TYPE, ids, rest_bytes))
    return tuple(found)


def guids_of(members: Members, tables: Iterable[DiskPlan]) -> dict[Role, tuple[str, ...]]:
    """The partitions of each role, in the order of the disks."""
    named = {table.id: table for table in tables}
    found: dict[Role, tuple[str, ...]] = {}
    for role, disks in members.items():
        parts = (named[disk.id].by_role(role) for disk in disks)
        found[role] = tuple(part.guid for part in parts if part is not None)
    return found


def every_disk(members: Members) -> tuple[DiskFact, ...]:
    """All the disks, each once."""
    return tuple({disk.path: disk for disks in members.values() for disk in disks}.values())


def refuse_tools(given: StorageInput) -> Iterator[Problem]:
    """What ZFS needs, and this host has not."""
    for tool in sorted(set(_TOOLS) & set(given.facts.missing_tools)):
        message = "is not there, and a pool needs it"
        yield Problem("tool-missing", tool, message, "install zfsutils-linux and zfs-dkms")


def refuse_ashift(disks: Iterable[DiskFact], ashift: int, where: str) -> Iterator[Problem]:
    """Blocks that would be smaller than a sector."""
    for disk in disks:
        if disk.sector_size > 2**ashift:
            message = (
                f"ashift {ashift} means blocks of {2**ashift} bytes, and the sectors of "
                f"{disk.describe()} have {disk.sector_size}"
            )
            yield Problem("ashift-too-small", where, message, "use ashift 12, or other disks")


def refuse_weak_special(
    special: int, tolerates: int, where: str, *, insist: bool, how: str
) -> Iterator[Problem]:
    """A special device of so many disks that is lost sooner than the pool would be."""
    if special and not insist and special - 1 < tolerates:
        message = (
            f"a special device on {counted(special)} can lose {counted(special - 1)}, and the pool "
            f"{counted(tolerates)}: the pool is lost with its special device"
        )
        hint = f"take {tolerates + 1} disks for it, or {how}"
        yield Problem("special-not-redundant", where, message, hint)


def refuse_crowded(
    members: Members, sizes: Mapping[Role, int | None], where: str
) -> Iterator[Problem]:
    """A disk with several roles, of which at most one can take what the others leave."""
    for disk in every_disk(members):
        roles = [role for role, disks in members.items() if disk in disks]
        if Role.DATA in roles and len(roles) > 1:
            message = f"{disk.describe()} is asked for as data and as {roles[1]}"
            yield Problem(
                "disk-twice", where, message, "take another disk for the one or the other"
            )
        elif sum(sizes.get(role) is None for role in roles) > 1:
            names = " and ".join(role.value for role in roles)
            message = f"{disk.describe()} is to be {names}, and more than one has no size"
            yield Problem("size-missing", where, message, "state how much of the disk each gets")


def warn_fast(members: Members) -> Iterator[str]:
    """What is to be known of special and log devices before there is one."""
    if members.get(Role.SPECIAL):
        yield (
            "A special device cannot be taken out of its pool again, and the pool is lost with it."
        )
    if len(members.get(Role.LOG, ())) == 1:
        yield (
            "The log is on one disk: if that fails together with the host's power, the last "
            "seconds of synchronous writes are lost."
        )


def _choose(
    asked: PoolRequest, given: StorageInput, where: str
) -> tuple[dict[Role, tuple[DiskFact, ...]], tuple[Problem, ...]]:
    data, problems = choose_free(asked.disks, given, where)
    members: dict[Role, tuple[DiskFact, ...]] = {Role.DATA: data}
    for role, part in _parts(asked):
        members[role], more = choose_free(part.disks, given, f"{where}.{role}")
        problems += more
    return members, tuple(dict.fromkeys(problems))


def _parts(asked: PoolRequest) -> Iterator[tuple[Role, PartRequest]]:
    for role, part in zip(_PARTS, (asked.special, asked.log, asked.cache), strict=True):
        if part is not None:
            yield role, part


def _sizes(asked: PoolRequest) -> dict[Role, int | None]:
    return {role: _rounded(part.size_bytes) for role, part in _parts(asked)}


def _rounded(size_bytes: int | None) -> int | None:
    return None if size_bytes is None else align_up(size_bytes, MIB)


def _pieces(
    disk: DiskFact, members: Members, sizes: Mapping[Role, int | None]
) -> tuple[Piece, ...]:
    roles = (role for role, disks in members.items() if disk in disks)
    return tuple(Piece(role, sizes.get(role)) for role in roles)


def _unfit(
    asked: PoolRequest, members: Members, given: StorageInput, where: str
) -> Iterator[Problem]:
    data = members[Role.DATA]
    yield from refuse_tools(given)
    if any(pool.name == asked.name for pool in given.facts.pools):
        message = f"a pool {asked.name} is there, and not imported"
        hint = f"`zpool import {asked.name}` if it is the one, or choose another name"
        yield Problem("name-clash", where, message, hint)
    if (why := given.occupied.get(f"/{asked.name}")) is not None:
        message = f"/{asked.name} {why}, and the pool is mounted there"
        yield Problem("place-taken", where, message, "choose another name, or empty it")
    yield from refuse_ashift(every_disk(members), asked.ashift, f"{where}.ashift")
    yield from refuse_crowded(members, _sizes(asked), where)
    if (miscounted := _miscounted(asked, data, where)) is not None:
        yield miscounted
        return
    for role, disks in _alike(asked.raid, members):
        name = where if role is Role.DATA else f"{where}.{role}"
        yield from refuse_unequal(disks, name, insist=asked.insist, how=_INSIST)
    vdevs = plan_vdevs(asked.raid, tuple(disk.id for disk in data))
    yield from refuse_weak_special(
        len(members.get(Role.SPECIAL, ())),
        weakest(map(tolerance_of_vdev, vdevs)),
        f"{where}.special",
        insist=asked.insist,
        how=_INSIST,
    )


def _miscounted(asked: PoolRequest, data: tuple[DiskFact, ...], where: str) -> Problem | None:
    least, is_even = MINIMUM_DISKS[asked.raid], asked.raid is Raid.RAID10
    if len(data) >= least and not (is_even and len(data) % 2):
        return None
    even = " (an even number)" if is_even else ""
    message = f"{asked.raid} takes at least {counted(least)}{even}, and there are {len(data)}"
    return Problem("disk-count", where, message, "name more disks, or choose another raid")


def _alike(raid: Raid, members: Members) -> Alike:
    """The disks of each vdev that is redundant, of data first."""
    named = {disk.id: disk for disk in members[Role.DATA]}
    vdevs = plan_vdevs(raid, tuple(named))
    data = [tuple(named[one] for one in vdev.members) for vdev in vdevs]
    fast = [(role, members[role]) for role in (Role.SPECIAL, Role.LOG) if role in members]
    return (*((Role.DATA, disks) for disks in data), *fast)


def _warn(asked: PoolRequest, members: Members) -> Iterator[str]:
    if asked.raid is Raid.RAID0:
        lost = "it is lost" if len(members[Role.DATA]) > 1 else "the pool is lost"
        yield f"{asked.name} has no redundancy: {lost} with any one of its disks."
    yield from warn_fast(members)


def _unlike(
    asked: PoolRequest, found: StoreFact, given: StorageInput, where: str
) -> Iterator[Problem]:
    """What keeps a pool that is there from being the one that is asked for."""
    kinds = {group.type.partition("-")[0] for group in found.groups if group.role is Role.DATA}
    if kinds != {_KINDS[asked.raid]}:
        message = f"is there already, of {' and '.join(sorted(kinds))} vdevs, and not {asked.raid}"
        yield Problem("pool-differs", where, message, "choose another name")
    for role, selection in (
        (Role.DATA, asked.disks),
        *((role, part.disks) for role, part in _parts(asked)),
    ):
        on = members_of(found, role, given)
        if not is_meant(on, selection):
            names = ", ".join(disk.path for disk in on)
            message = f"is there already, with its {role} on {names}, and other disks are asked for"
            if not on:
                message = f"is there already, without a {role}"
            option = "DISK" if role is Role.DATA else f"--{role} DISK"
            hint = f"`bedplate storage add {asked.name} {option}` gives it more"
            yield Problem("pool-differs", where, message, hint)


def members_of(store: StoreFact, role: Role, given: StorageInput) -> tuple[DiskFact, ...]:
    """The disks that a pool has for a role."""
    return tuple(
        disk
        for disk in given.facts.disks
        if any(held.group.role is role for held in members_on(disk, (store,)))
    )
