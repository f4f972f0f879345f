"""Refusals because of what the machine's disks hold already: uses, name clashes, shared pools.

All of it is decided before anything is wiped. A pool or VG that lies on the chosen disks only and
is not in use is no reason to refuse; it is listed among what will be destroyed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import assert_never

from bedplate.errors import Problem
from bedplate.model.facts import DiskFact, Facts
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
    """A warning for each pool, VG or btrfs that loses some of its disks, but not all."""
    on_chosen, on_others = _names(disks), _names(_others(facts, disks))
    for kind, name, devices in _stores(facts):
        # A device on no known disk is a member that is missing: a dead disk's place in a mirror.
        kept = [device for device in devices if device in on_others]
        lost = [device for device in devices if device in on_chosen]
        if kept and lost:
            yield f"The {kind} {name} loses {', '.join(lost)} and keeps {', '.join(kept)}."


def _clashes(layout: Layout, facts: Facts, disks: tuple[DiskFact, ...]) -> Iterator[Problem]:
    """Two pools or VGs of one name: the host could start from, or wipe, the wrong one."""
    match layout.storage:
        case ZfsLayout(pool=name):
            wanted = ("pool", name)
        case LvmLayout(vg=name):
            wanted = ("volume group", name)
        case BtrfsLayout():
            return  # it goes by a new UUID
        case other:
            assert_never(other)
    on_any, on_others = _names(facts.disks), _names(_others(facts, disks))
    for kind, name, devices in _stores(facts):
        elsewhere = [device for device in devices if device in on_others]
        nowhere = on_any.isdisjoint(devices)
        if (kind, name) == wanted and (elsewhere or nowhere):
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
    for btrfs in spanning_btrfs(facts):
        yield "btrfs", btrfs.name, btrfs.devices


def _others(facts: Facts, disks: tuple[DiskFact, ...]) -> Iterator[DiskFact]:
    """The disks of the machine that were not chosen."""
    chosen = {disk.path for disk in disks}
    return (disk for disk in facts.disks if disk.path not in chosen)


def _names(disks: Iterable[DiskFact]) -> frozenset[str]:
    return frozenset(name for disk in disks for name in device_names(disk))
