"""What the chosen disks have in common with disks that were not chosen, or seem to.

Pools, volume groups, arrays and file systems that need disks of both kinds would be damaged; those
that have the name of the new storage would be taken for it. Which devices are on which disk is
decided here, once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from bedplate.model.facts import (
    DiskFact,
    Facts,
    PoolFact,
    Signature,
    VolumeGroupFact,
)
from bedplate.plan.belongings import device_names, osds_of


@dataclass(frozen=True, slots=True)
class FoundArray:
    """An md array that `members` are found of, whether it runs or not.

    `name` is without the host that the array was made on, which it need not keep.
    """

    name: str
    uuid: str
    members: tuple[str, ...]


Store = PoolFact | VolumeGroupFact | FoundArray

_ARRAY_MEMBER = "linux_raid_member"
# What has the same id on each of its members, or on a copy made of it bit by bit.
_MEMBER_KINDS = {
    "btrfs": "btrfs file system",
    _ARRAY_MEMBER: "md array",
    "LVM2_member": "PV",
    "zfs_member": "pool",
}
_TITLES = {PoolFact: "pool", VolumeGroupFact: "volume group", FoundArray: "md array"}


@dataclass(frozen=True)
class Shared:
    """Something on chosen disks and on others; `lost` and `kept` are paths of its parts."""

    what: str
    lost: tuple[str, ...]
    kept: tuple[str, ...]


@dataclass(frozen=True)
class Elsewhere:
    """The machine, seen from the chosen disks."""

    facts: Facts
    chosen: tuple[DiskFact, ...]

    @cached_property
    def others(self) -> tuple[DiskFact, ...]:
        """The disks that were not chosen, nor are made of chosen ones, nor are parts of them.

        Of a disk that has parts of a chosen one on some partitions, the other partitions count.
        """
        chosen = {disk.path for disk in self.chosen}
        mine = chosen | {layer.path for disk in self.chosen for layer in disk.layers}
        others = (disk for disk in self.facts.disks if disk.path not in mine)
        return tuple(rest for disk in others if (rest := self._without_parts(disk, chosen)))

    def is_apart(self, store: Store) -> bool:
        """Whether no member of a pool, VG or array is on the chosen disks."""
        return self._chosen_names.isdisjoint(members_of(store))

    def seen(self, store: Store) -> tuple[str, ...]:
        """Those members of a pool, VG or array that are on any disk that is known."""
        known = _names(self.facts.disks)
        return tuple(path for path in members_of(store) if path in known)

    @cached_property
    def shared(self) -> tuple[Shared, ...]:
        """All that would lose some of its parts, but not all, with the chosen disks."""
        return (*self._stores(), *self._layers(), *self._members(), *self._osds())

    @cached_property
    def _chosen_names(self) -> frozenset[str]:
        return _names(self.chosen)

    @cached_property
    def _other_names(self) -> frozenset[str]:
        return _names(self.others)

    def _without_parts(self, disk: DiskFact, chosen: set[str]) -> DiskFact | None:
        """What there is of a disk beside the parts of chosen ones, and beside what is on those."""
        below: set[str] = set()
        for layer in reversed(disk.layers):  # from the top down
            if layer.path in chosen | below:
                below.update(layer.on)
        if not below:
            return disk
        partitions = tuple(part for part in disk.partitions if part.path not in below)
        if disk.path in below or not partitions:
            return None
        gone = below | self._chosen_names
        layers = tuple(layer for layer in disk.layers if layer.path not in gone)
        return disk.model_copy(update={"partitions": partitions, "layers": layers})

    def _stores(self) -> Iterator[Shared]:
        stores: tuple[Store, ...] = (*self.facts.pools, *self.facts.volume_groups)
        for store in stores:
            # A device on no known disk is a member that is missing: a dead disk's place. One on
            # disks of both kinds is a layer, which is told itself.
            sides = [
                (path, path in self._chosen_names, path in self._other_names)
                for path in members_of(store)
            ]
            lost = tuple(path for path, mine, theirs in sides if mine and not theirs)
            kept = tuple(path for path, mine, theirs in sides if theirs and not mine)
            if lost and kept:
                yield Shared(title_of(store), lost, kept)

    def _layers(self) -> Iterator[Shared]:
        """Arrays and mappings that are set up across disks of both kinds."""
        seen: set[str] = set()
        for layer in (layer for disk in self.chosen for layer in disk.layers):
            kept = tuple(path for path in layer.on if path not in self._chosen_names)
            if kept and layer.path not in seen:
                seen.add(layer.path)
                lost = tuple(path for path in layer.on if path in self._chosen_names)
                yield Shared(f"{layer.kind} {layer.path}", lost, kept)

    def _members(self) -> Iterator[Shared]:
        """Members of what may not be set up at all, by the id that they share.

        The members of a known pool are known: a disk that was replaced keeps the label of a pool
        that goes on without it.
        """
        told = {path for shared in self._layers() for path in shared.lost}
        pools = {pool.guid for pool in self.facts.pools}
        mine, theirs = _member_paths(self.chosen), _member_paths(self.others)
        for (kind, uuid), lost in mine.items():
            kept = tuple(path for path in theirs.get((kind, uuid), ()) if path not in lost)
            if kept and uuid not in pools and not told.issuperset(lost):
                yield Shared(f"{_MEMBER_KINDS[kind]} {uuid}", lost, kept)

    def _osds(self) -> Iterator[Shared]:
        """Ceph keeps an OSD's data and its database in different volume groups."""
        lost: dict[str, list[str]] = {}
        kept: dict[str, list[str]] = {}
        for group in self.facts.volume_groups:
            mine = not self._chosen_names.isdisjoint(group.pvs)
            for osd in osds_of(group):
                (lost if mine else kept).setdefault(osd, []).extend(group.pvs)
        for osd in sorted(lost.keys() & kept.keys()):
            yield Shared(f"Ceph OSD {osd}", tuple(lost[osd]), tuple(kept[osd]))


def members_of(store: Store) -> tuple[str, ...]:
    """The device paths that a pool, VG or array lies on."""
    return store.pvs if isinstance(store, VolumeGroupFact) else store.members


def title_of(store: Store) -> str:
    """What kind of thing it is, and its name."""
    return f"{_TITLES[type(store)]} {store.name}"


def arrays_in(facts: Facts) -> tuple[FoundArray, ...]:
    """The md arrays that disks and partitions of the machine are members of."""
    found: dict[str, FoundArray] = {}
    for device in (device for disk in facts.disks for device in disk.devices):
        for signature in device.signatures:
            if signature.kind == _ARRAY_MEMBER and signature.uuid is not None:
                name = signature.array_name or signature.uuid
                array = found.get(signature.uuid, FoundArray(name, signature.uuid, ()))
                found[array.uuid] = replace(array, members=(*array.members, device.path))
    return tuple(found.values())


def _names(disks: Iterable[DiskFact]) -> frozenset[str]:
    return frozenset(name for disk in disks for name in device_names(disk))


def _member_paths(disks: Iterable[DiskFact]) -> dict[tuple[str, str], tuple[str, ...]]:
    found: dict[tuple[str, str], dict[str, None]] = {}
    for thing in (thing for disk in disks for thing in disk.things):
        for signature in thing.signatures:
            if (key := _key(signature)) is not None:
                found.setdefault(key, {})[thing.path] = None
    return {key: tuple(paths) for key, paths in found.items()}


def _key(signature: Signature) -> tuple[str, str] | None:
    if signature.kind not in _MEMBER_KINDS or signature.uuid is None:
        return None
    return (signature.kind, signature.uuid)
