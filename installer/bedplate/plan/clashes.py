"""Pools, VGs and arrays on other disks that have the name of a new one: refused, or renamed.

With two of one name a host starts from, or wipes, the wrong one. That is settled before anything is
wiped. Renaming is all that ever happens to a disk that was not chosen, and only when asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from bedplate.errors import Problem
from bedplate.model.facts import Facts, PoolFact, VolumeGroupFact
from bedplate.model.layout import BtrfsLayout, Layout, LvmLayout, ZfsLayout
from bedplate.model.step import Phase, RenamePool, RenameVolumeGroup
from bedplate.plan.belongings import is_active
from bedplate.plan.elsewhere import Elsewhere, FoundArray, Store, arrays_in, title_of

_IMPORTABLE = frozenset({"ONLINE", "DEGRADED"})
_UUID_CHARACTERS = 8


def clashes(layout: Layout, elsewhere: Elsewhere) -> tuple[Store, ...]:
    """What has a name of the layout's and is not on the chosen disks.

    What is on disks of both kinds is not among it: that is refused, whatever its name.
    """
    return tuple(
        store for store in _namesakes(layout, elsewhere.facts) if elsewhere.is_apart(store)
    )


def refuse_clashes(
    stores: tuple[Store, ...], elsewhere: Elsewhere, rename: bool
) -> Iterator[Problem]:
    """A problem for each clash that is not to be, or cannot be, settled by a new name."""
    for store in stores:
        obstacle = _obstacle(store)
        if rename and obstacle is None:
            continue
        kind, _, _ = title_of(store).rpartition(" ")
        article = "an" if isinstance(store, FoundArray) else "a"
        members = elsewhere.seen(store)
        where = f"on {', '.join(members)}" if members else "on disks that are not seen"
        yield Problem(
            "name-clash",
            store.name,
            f"{article} {kind} of that name exists already {where}, outside of the chosen disks"
            + (f", and it cannot be renamed: {obstacle}" if obstacle else ""),
            "remove its disks from the machine, choose them too, or "
            + ("rename it yourself" if obstacle else 'set disk-setup.rename = "yes"'),
        )


def plan_renames(stores: tuple[Store, ...]) -> Iterator[RenamePool | RenameVolumeGroup]:
    """The steps that give each of them another name."""
    for store in stores:
        if isinstance(store, FoundArray):
            continue  # which is refused
        name = new_name(store)
        summary = f"Rename the {title_of(store)} on other disks to {name}"
        if isinstance(store, PoolFact):
            yield RenamePool(
                id=f"rename-pool:{store.guid}",
                phase=Phase.RELEASE,
                summary=summary,
                guid=store.guid,
                name=name,
            )
        else:
            yield RenameVolumeGroup(
                id=f"rename-volume-group:{store.uuid}",
                phase=Phase.RELEASE,
                summary=summary,
                uuid=store.uuid,
                name=name,
            )


def warn_renames(stores: tuple[Store, ...]) -> Iterator[str]:
    """What the system on those disks has to be told, should it be started again."""
    for store in stores:
        if not isinstance(store, FoundArray):
            yield (
                f"The {title_of(store)}, which is not on the chosen disks, becomes "
                f"{new_name(store)}; a system that starts from it has to be told."
            )


def new_name(store: PoolFact | VolumeGroupFact) -> str:
    """The name that the original would give, with an id of the thing itself in it."""
    if isinstance(store, PoolFact):
        return f"{store.name}-OLD-{store.guid}"
    return f"{store.name}-OLD-{store.uuid.replace('-', '')[:_UUID_CHARACTERS]}"


def _namesakes(layout: Layout, facts: Facts) -> Iterator[Store]:
    """Whatever has a name that the layout will give to something of its kind."""
    match layout.storage:
        case ZfsLayout(pool=name):
            yield from (pool for pool in facts.pools if pool.name == name)
        case LvmLayout(vg=name, array=array_name):
            yield from (group for group in facts.volume_groups if group.name == name)
            yield from (array for array in arrays_in(facts) if array.name == array_name)
        case BtrfsLayout():
            pass  # it goes by a new UUID instead
        case other:
            assert_never(other)


def _obstacle(store: Store) -> str | None:
    """Why a pool, VG or array cannot be renamed as it is."""
    if isinstance(store, FoundArray):
        return "an array gets another name only while it is assembled"
    if isinstance(store, PoolFact):
        if store.imported:
            return "it is imported"
        return None if store.state in _IMPORTABLE else f"it is {store.state}"
    if is_active(store):
        return "it is active"
    missing = store.missing_pvs
    return f"it lacks {missing} of its PVs" if missing else None
