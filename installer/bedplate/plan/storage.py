"""The planners of `bedplate storage create` and `grow`."""

from __future__ import annotations

from collections.abc import Iterator

from bedplate.errors import Problem, RefusedError
from bedplate.model.disk_change import Action, DiskChange
from bedplate.model.facts import VolumeGroupFact
from bedplate.model.step import Phase
from bedplate.model.storage_request import GrowRequest, StorageRequest
from bedplate.model.storage_step import GrowThinPool
from bedplate.plan.ids import Ids
from bedplate.plan.storage_input import Draft, StorageInput
from bedplate.plan.storage_lvm import (
    draft_directory,
    draft_group,
    draft_thin_pool,
    future_group,
    group_named,
)
from bedplate.plan.storage_steps import put_together
from bedplate.plan.storage_zfs import draft_pool
from bedplate.plan.thin_sizes import grown_pool_sizes
from bedplate.units import human

_LVM_TOOLS = ("lvm", "lvcreate", "pvcreate", "vgcreate", "lvs")


def plan_creation(asked: StorageRequest, given: StorageInput, ids: Ids) -> DiskChange:
    """Everything that is done to have all the storage that is asked for; what is there stays.

    Raises `RefusedError` with all reasons why it cannot be.
    """
    is_on_lvm = asked.groups or asked.thin_pools or asked.directories
    groups = {group.name: group for group in given.facts.volume_groups}
    on_disks = [(one.name, draft_group(one, given, ids)) for one in asked.groups]
    for name, draft in on_disks:
        groups.setdefault(name, future_group(name, draft.tables))
    # What is wrong with a group is said once, and not of everything in it as well.
    spoilt = {name for name, draft in on_disks if draft.problems}
    drafts = [Draft(problems=tuple(_refuse_tools(given)))] if is_on_lvm else []
    drafts += [draft for _, draft in on_disks]
    drafts += [draft_pool(wanted, given, ids) for wanted in asked.pools]
    for pool in asked.thin_pools:
        if (group := groups.get(pool.group)) is None:
            drafts.append(_no_group(pool.group, f"thin-pool.{pool.name}.volume-group", groups))
        elif pool.group not in spoilt:
            draft, groups[pool.group] = draft_thin_pool(pool, group)
            drafts.append(draft)
            spoilt |= {pool.group} if draft.problems else set()
    for directory in asked.directories:
        if (group := groups.get(directory.group)) is None:
            where = f"directory.{directory.name}.thin-pool"
            drafts.append(_no_group(directory.group, where, groups))
        elif directory.group not in spoilt:
            draft, groups[directory.group] = draft_directory(directory, group, given, ids)
            drafts.append(draft)
    return put_together(Action.CREATE, drafts, given)


def plan_growth(asked: GrowRequest, given: StorageInput) -> DiskChange:
    """Everything that is done to make a thin pool larger; nothing if it is.

    Raises `RefusedError` with all reasons why it cannot be.
    """
    name = f"{asked.group}/{asked.pool}"
    group = group_named(asked.group, given.facts)
    pool = group.volume(asked.pool) if group is not None else None
    if group is None or pool is None or not pool.is_pool:
        raise RefusedError(_no_pool(name, given))
    sizes = grown_pool_sizes(group, pool, asked.size_bytes, asked.metadata_size_bytes)
    if isinstance(sizes, Problem):
        raise RefusedError(sizes)
    if (sizes.data_bytes, sizes.metadata_bytes) == (pool.size_bytes, pool.metadata_size_bytes):
        return put_together(Action.GROW, (), given)
    step = GrowThinPool(
        id=f"grow-thin-pool:{name}",
        phase=Phase.STORAGE,
        summary=(
            f"Let {name} grow from {human(pool.size_bytes)} to {human(sizes.data_bytes)}, and its "
            f"metadata from {human(pool.metadata_size_bytes or 0)} to "
            f"{human(sizes.metadata_bytes)}"
        ),
        vg=group.name,
        pool=pool.name,
        size_bytes=sizes.data_bytes,
        metadata_size_bytes=sizes.metadata_bytes,
    )
    return put_together(Action.GROW, (Draft(steps=(step,)),), given)


def _refuse_tools(given: StorageInput) -> Iterator[Problem]:
    for tool in sorted(set(_LVM_TOOLS) & set(given.facts.missing_tools)):
        yield Problem("tool-missing", tool, "is not installed, and is needed", "install lvm2")


def _no_group(name: str, where: str, groups: dict[str, VolumeGroupFact]) -> Draft:
    message = f"there is no volume group {name}; there are: {', '.join(groups) or 'none'}"
    hint = f"ask for it in the same file: [volume-group.{name}]"
    return Draft(problems=(Problem("no-group", where, message, hint),))


def _no_pool(name: str, given: StorageInput) -> Problem:
    there = [
        f"{group.name}/{volume.name}"
        for group in given.facts.volume_groups
        for volume in group.volumes
        if volume.is_pool
    ]
    message = f"is no thin pool of this host; there are: {', '.join(there) or 'none'}"
    hint = (
        "a volume group or a ZFS pool grows with more disks: `bedplate storage add`, or with "
        "larger ones: `bedplate disk expand`"
    )
    return Problem("no-thin-pool", name, message, hint)
