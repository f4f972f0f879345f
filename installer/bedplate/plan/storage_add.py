"""The planner of `bedplate storage add`: a volume group or a pool gets more disks.

Disks that it has already for the same purpose are passed over, so that the same said twice does
nothing. What cannot be taken back is said before, and what makes the whole less redundant than it
was is refused unless somebody insists.
"""

from __future__ import annotations

from collections.abc import Iterator

from bedplate.errors import Problem, RefusedError
from bedplate.model.disk_change import Action, DiskChange
from bedplate.model.facts import DiskFact, VolumeGroupFact
from bedplate.model.gpt import LVM_TYPE
from bedplate.model.plan import DiskPlan, Role, Vdev
from bedplate.model.step import Phase
from bedplate.model.storage_request import AddRequest
from bedplate.model.storage_step import AddVdevs, WidenGroup
from bedplate.model.store import MemberGroup, MemberState, StoreFact
from bedplate.plan.criteria import names_of
from bedplate.plan.ids import Ids
from bedplate.plan.redundancy import VITAL, tolerance_of_group, tolerance_of_vdev, weakest
from bedplate.plan.redundancy import disks as counted
from bedplate.plan.storage_disks import (
    choose_free,
    named,
    on_command_line,
    plan_more_table,
    refuse_unequal,
)
from bedplate.plan.storage_input import Draft, StorageInput
from bedplate.plan.storage_lvm import (
    PIECES,
    disks_of,
    group_named,
    refuse_mixed_sectors,
    warn_spread,
)
from bedplate.plan.storage_steps import put_together
from bedplate.plan.storage_zfs import (
    Alike,
    Members,
    every_disk,
    guids_of,
    members_of,
    plan_tables,
    refuse_ashift,
    refuse_crowded,
    refuse_tools,
    refuse_weak_special,
    warn_fast,
)
from bedplate.plan.zfs import fast_vdevs
from bedplate.units import MIB, align_up

_INSIST = "say --insist"
_USUAL_ASHIFT = 12


def plan_addition(asked: AddRequest, given: StorageInput, ids: Ids) -> DiskChange:
    """Everything that is done to give what is called so more disks; nothing if it has them.

    Raises `RefusedError` with all reasons why it cannot be.
    """
    group, pool = group_named(asked.name, given.facts), given.pool(asked.name)
    only_data = not (asked.special or asked.log or asked.cache)
    if pool is not None and (group is None or not only_data):
        draft = _draft_pool(asked, pool, given, ids)
    elif group is not None and only_data:
        draft = _draft_group(asked, group, given, ids)
    else:
        raise RefusedError(_nowhere(asked, given))
    return put_together(Action.ADD, (draft,), given)


def _nowhere(asked: AddRequest, given: StorageInput) -> Problem:
    pools = [f"pool {store.name}" for store in given.stores if store.kind == "zfs"]
    groups = [f"volume group {group.name}" for group in given.facts.volume_groups]
    there = ", ".join((*pools, *groups)) or "none"
    message = f"is no pool or volume group that could be given these disks; there are: {there}"
    return Problem("no-storage", asked.name, message, "`bedplate storage create` makes new ones")


def _draft_group(asked: AddRequest, group: VolumeGroupFact, given: StorageInput, ids: Ids) -> Draft:
    there = disks_of(group, given.facts)
    names = _without(asked.data, there)
    if not names:
        return Draft()
    chosen, problems = choose_free(named(names), given, asked.name)
    problems = on_command_line(problems, asked.name)
    problems += tuple(refuse_mixed_sectors((*there[:1], *chosen), group.name))
    problems += tuple(_spreads_root(group, there, insist=asked.insist))
    if group.missing_pvs:
        message = f"lacks {group.missing_pvs} of its PVs: that comes first"
        hint = f"vgs --options +pv_missing {group.name}"
        problems += (Problem("group-not-whole", group.name, message, hint),)
    tables = [plan_more_table(disk, PIECES, LVM_TYPE, ids) for disk in chosen]
    planned = tuple(table for table in tables if isinstance(table, DiskPlan))
    problems += tuple(table for table in tables if isinstance(table, Problem))
    step = WidenGroup(
        id=f"widen-group:{group.name}",
        phase=Phase.STORAGE,
        summary=f"Give the volume group {group.name} {', '.join(d.path for d in chosen)}",
        vg=group.name,
        partition_guids=tuple(table.partitions[0].guid for table in planned),
    )
    return Draft(problems, chosen, planned, (step,), warnings=tuple(warn_spread((*there, *chosen))))


def _spreads_root(
    group: VolumeGroupFact, there: tuple[DiskFact, ...], *, insist: bool
) -> Iterator[Problem]:
    uuid = group.uuid.replace("-", "")
    mounted = (
        mount
        for disk in there
        for layer in disk.layers
        if uuid in (layer.uuid or "")
        for mount in layer.mounts
    )
    if not insist and "/" in mounted:
        message = (
            "holds the root file system: with a part of it on another disk, the host starts only "
            "with both"
        )
        hint = f"make a volume group of its own on the new disk, or {_INSIST}"
        yield Problem("root-would-spread", group.name, message, hint)


def _draft_pool(asked: AddRequest, pool: StoreFact, given: StorageInput, ids: Ids) -> Draft:
    members, problems = _choose(asked, pool, given)
    chosen = every_disk(members)
    if not problems and not chosen:
        return Draft()
    ashift = max((group.ashift or 0 for group in pool.groups), default=0) or _USUAL_ASHIFT
    sizes = _sizes(asked)
    data = _data_vdevs(pool, members.get(Role.DATA, ()))
    problems += tuple(_unfit(asked, pool, members, data, given))
    problems += tuple(refuse_ashift(chosen, ashift, asked.name))
    problems += tuple(refuse_crowded(members, sizes, asked.name))
    if problems or isinstance(data, Problem):
        return Draft(problems, chosen)
    tables = plan_tables(members, sizes, _alike(members, data), ids)
    if too_small := tuple(table for table in tables if isinstance(table, Problem)):
        return Draft(too_small, chosen)
    planned = tuple(table for table in tables if isinstance(table, DiskPlan))
    return Draft(
        disks=chosen,
        tables=planned,
        steps=(_step(asked, pool, ashift, tuple(_of_partitions(members, data, planned))),),
        warnings=(*warn_fast(members), *_warn_data(pool, data)),
        remembered=chosen,
    )


def _sizes(asked: AddRequest) -> dict[Role, int | None]:
    return {
        Role.SPECIAL: _rounded(asked.special_size_bytes),
        Role.LOG: _rounded(asked.log_size_bytes),
        Role.CACHE: _rounded(asked.cache_size_bytes),
    }


def _of_partitions(
    members: Members, data: tuple[Vdev, ...], tables: tuple[DiskPlan, ...]
) -> Iterator[Vdev]:
    """The vdevs, of the partitions that their disks get."""
    guids = guids_of(members, tables)
    chosen = (disk.id for disk in members.get(Role.DATA, ()))
    named = dict(zip(chosen, guids.get(Role.DATA, ()), strict=True))
    for vdev in data:
        yield vdev.model_copy(update={"members": tuple(named[one] for one in vdev.members)})
    yield from fast_vdevs(guids)


def _step(asked: AddRequest, pool: StoreFact, ashift: int, vdevs: tuple[Vdev, ...]) -> AddVdevs:
    properties = {}
    if asked.small_blocks is not None:
        properties["special_small_blocks"] = asked.small_blocks
    return AddVdevs(
        id=f"add-vdevs:{pool.id}:{vdevs[0].members[0]}",
        phase=Phase.STORAGE,
        summary=f"Give the pool {pool.name}: {', '.join(vdev.title for vdev in vdevs)}",
        pool=pool.name,
        ashift=ashift,
        vdevs=vdevs,
        properties=properties,
    )


def _choose(
    asked: AddRequest, pool: StoreFact, given: StorageInput
) -> tuple[dict[Role, tuple[DiskFact, ...]], tuple[Problem, ...]]:
    """The disks of each role that the pool does not have for it."""
    members: dict[Role, tuple[DiskFact, ...]] = {}
    problems: tuple[Problem, ...] = ()
    for role, names, where in (
        (Role.DATA, asked.data, asked.name),
        (Role.SPECIAL, asked.special, "--special"),
        (Role.LOG, asked.log, "--log"),
        (Role.CACHE, asked.cache, "--cache"),
    ):
        if missing := _without(names, members_of(pool, role, given)):
            members[role], more = choose_free(named(missing), given, where)
            problems += on_command_line(more, where)
    return members, tuple(dict.fromkeys(problems))


def _without(names: tuple[str, ...], there: tuple[DiskFact, ...]) -> tuple[str, ...]:
    return tuple(name for name in names if not any(name in names_of(disk) for disk in there))


def _data_of(pool: StoreFact) -> tuple[MemberGroup, ...]:
    return tuple(group for group in pool.groups if group.role is Role.DATA)


def _data_vdevs(pool: StoreFact, disks: tuple[DiskFact, ...]) -> tuple[Vdev, ...] | Problem:
    """Vdevs as the pool has them, of disk ids; or how many disks it would take."""
    if not disks:
        return ()
    like = _data_of(pool)[0]
    kind, ids = like.type.partition("-")[0], tuple(disk.id for disk in disks)
    if kind == "disk":
        return tuple(Vdev(type="stripe", members=(one,)) for one in ids)
    if kind == "mirror":
        width = len(like.members)
        if len(ids) % width == 0:
            places = range(0, len(ids), width)
            return tuple(Vdev(type="mirror", members=ids[at : at + width]) for at in places)
        needed = f"{width}, or a multiple of that"
    elif kind in ("raidz1", "raidz2", "raidz3"):
        if len(ids) > tolerance_of_group(like) + 1:
            return (Vdev.model_validate({"type": kind, "members": ids}),)
        needed = f"{tolerance_of_group(like) + 2} at least"
    else:
        needed = "a kind of vdev that only ZFS's own tools can add"
    message = f"is made of {kind} vdevs, and another one takes {needed}; {len(ids)} were named"
    return Problem("disk-count", pool.name, message, "name as many disks as its vdevs have")


def _alike(members: Members, data: tuple[Vdev, ...]) -> Alike:
    chosen = {disk.id: disk for disk in members.get(Role.DATA, ())}
    vdevs = [tuple(chosen[one] for one in vdev.members) for vdev in data]
    fast = [(role, members[role]) for role in (Role.SPECIAL, Role.LOG) if role in members]
    return (*((Role.DATA, disks) for disks in vdevs), *fast)


def _unfit(
    asked: AddRequest,
    pool: StoreFact,
    members: Members,
    data: tuple[Vdev, ...] | Problem,
    given: StorageInput,
) -> Iterator[Problem]:
    yield from refuse_tools(given)
    if any(member.state is not MemberState.WELL for _, member in pool.members):
        message = "has lost a member, or is giving one its data: that comes first"
        yield Problem("store-not-well", pool.name, message, "`bedplate doctor` says which")
    tolerates = weakest(tolerance_of_group(group) for group in pool.groups if group.role in VITAL)
    yield from refuse_weak_special(
        len(members.get(Role.SPECIAL, ())),
        tolerates,
        "--special",
        insist=asked.insist,
        how=_INSIST,
    )
    if isinstance(data, Problem):
        yield data
        return
    for role, disks in _alike(members, data):
        yield from refuse_unequal(disks, f"{pool.name} ({role})", insist=asked.insist, how=_INSIST)
    if (lowest := weakest(map(tolerance_of_vdev, data))) < tolerates and data and not asked.insist:
        message = f"can lose {counted(tolerates)}, and with these only {counted(lowest)}"
        yield Problem("less-redundant", pool.name, message, f"name more disks, or {_INSIST}")


def _warn_data(pool: StoreFact, data: tuple[Vdev, ...]) -> Iterator[str]:
    if data and any(group.type.startswith("raidz") for group in _data_of(pool)):
        yield f"What is added to the data of {pool.name} cannot be taken out of it again."
    elif data:
        yield f"What is in {pool.name} stays where it is: only new data go to the new vdevs too."


def _rounded(size_bytes: int | None) -> int | None:
    return None if size_bytes is None else align_up(size_bytes, MIB)
