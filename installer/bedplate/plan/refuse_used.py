"""Refusals because of what the machine's disks hold already: uses, name clashes, shared pools.

All of it is decided before anything is wiped. A pool, VG or md array that lies on the chosen disks
only and is not in use is no reason to refuse; it is listed among what will be destroyed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import assert_never

from bedplate.errors import Problem
from bedplate.model.facts import DiskFact, Facts, PartitionFact
from bedplate.model.layout import BtrfsLayout, Layout, LvmLayout, ZfsLayout
from bedplate.plan.belongings import device_names, uses_of
from bedplate.plan.spanning import spanning_btrfs


def refuse_used(layout: Layout, facts: Facts, disks: tuple[DiskFact, ...]) -> Iterator[Problem]:
    """Disks in use, and names that the new storage would share with storage elsewhere."""
    for disk in disks:
        uses = uses_of(disk, facts)
        if uses:
            yield Problem(
                "disk-in-use",
                disk.id,
                f"{disk.describe()} is in use: {'; '.join(uses)}",
                "unmount, export or deactivate it first, or choose another disk",
            )
    yield from _clashes(layout, facts, disks)


def warn_split(facts: Facts, disks: tuple[DiskFact, ...]) -> Iterator[str]:
    """A warning for each pool, VG, array or btrfs that loses some of its disks, but not all."""
    on_chosen, on_others = _names(disks), _names(_others(facts, disks))
    for kind, name, devices in _stores(facts):
        # A device on no known disk is a member that is missing: a dead disk's place in a mirror.
        kept = [device for device in devices if device in on_others]
        lost = [device for device in devices if device in on_chosen]
        if kept and lost:
            yield f"The {kind} {name} loses {', '.join(lost)} and keeps {', '.join(kept)}."


def _clashes(layout: Layout, facts: Facts, disks: tuple[DiskFact, ...]) -> Iterator[Problem]:
    """Two pools, VGs or arrays of one name: the host could start from, or wipe, the wrong one."""
    wanted = _names_to_be(layout)
    on_any, on_others = _names(facts.disks), _names(_others(facts, disks))
    for kind, name, devices in _stores(facts):
        elsewhere = [device for device in devices if device in on_others]
        nowhere = on_any.isdisjoint(devices)
        if (kind, name) in wanted and (elsewhere or nowhere):
            where = f"on {', '.join(elsewhere)}" if elsewhere else "on disks that are not seen"
            yield Problem(
                "name-clash",
                name,
                f"a {kind} of that name exists already {where}, outside of the chosen disks",
                "rename it, remove its disks from the machine, or choose them too",
            )


def _stores(facts: Facts) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    for pool in facts.pools:
        yield "pool", pool.name, pool.members
    for group in facts.volume_groups:
        yield "volume group", group.name, group.pvs
    yield from _arrays(facts)
    for btrfs in spanning_btrfs(facts):
        yield "btrfs", btrfs.name, btrfs.devices


def _names_to_be(layout: Layout) -> tuple[tuple[str, str], ...]:
    """Kind and name of what will be created; a btrfs goes by a new UUID instead."""
    match layout.storage:
        case ZfsLayout(pool=pool):
            return (("pool", pool),)
        case LvmLayout(vg=group, array=array):
            arrays = () if array is None else (("md array", array),)
            return (("volume group", group), *arrays)
        case BtrfsLayout():
            return ()
        case other:
            assert_never(other)


def _arrays(facts: Facts) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """The md arrays that members are found of, whether they run or not.

    A name may be prefixed by the host that the array was made on, which it need not keep.
    """
    found: dict[str, tuple[str, list[str]]] = {}
    things: list[DiskFact | PartitionFact] = [*facts.disks]
    things += [part for disk in facts.disks for part in disk.partitions]
    for thing in things:
        for signature in thing.signatures:
            if signature.kind == "linux_raid_member" and signature.uuid is not None:
                name = (signature.label or signature.uuid).rpartition(":")[2]
                found.setdefault(signature.uuid, (name, []))[1].append(thing.path)
    for name, members in found.values():
        yield "md array", name, tuple(members)


def _others(facts: Facts, disks: tuple[DiskFact, ...]) -> Iterator[DiskFact]:
    """The disks of the machine that were not chosen."""
    chosen = {disk.path for disk in disks}
    return (disk for disk in facts.disks if disk.path not in chosen)


def _names(disks: Iterable[DiskFact]) -> frozenset[str]:
    return frozenset(name for disk in disks for name in device_names(disk))
