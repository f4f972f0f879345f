"""What is on a disk now: who uses it, and what would be lost with it.

Facts name devices in several ways (`/dev/sda3`, `/dev/disk/by-id/…-part3`, `by-partuuid`); here
they are brought back to the disk that they are on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from bedplate.model.facts import (
    DiskFact,
    Facts,
    LayerFact,
    LayerKind,
    PartitionFact,
    PoolFact,
    Signature,
    VolumeGroupFact,
)
from bedplate.plan.spanning import btrfs_on
from bedplate.units import human

# The volume name of the medium that `bedplate image build` makes.
MEDIUM_LABEL = "BEDPLATE"
LIVE_MOUNTS = ("/run/live", "/lib/live", "/usr/lib/live")
_BY_ID = "/dev/disk/by-id/"
_BY_PARTUUID = "/dev/disk/by-partuuid/"


def device_names(disk: DiskFact) -> frozenset[str]:
    """Every path that may stand for the disk, one of its partitions, or what is built on them."""
    names = {device.path for device in disk.devices}
    names |= {path for layer in disk.layers for path in (layer.path, layer.node)}
    names |= {_BY_ID + by_id for by_id in disk.by_id}
    return frozenset(names).union(*(partition_names(disk, part) for part in disk.partitions))


def partition_names(disk: DiskFact, partition: PartitionFact) -> frozenset[str]:
    """Every path that may stand for a partition of the disk."""
    by_id = {f"{_BY_ID}{name}-part{partition.number}" for name in disk.by_id}
    by_guid = {_BY_PARTUUID + partition.guid} if partition.guid else set()
    return frozenset({partition.path} | by_id | by_guid)


def is_live_medium(disk: DiskFact) -> bool:
    """Whether the running live system was started from this disk, or it carries such a system.

    A medium that is not mounted (the system was copied to memory) is known by its name; images of
    other systems are leftovers like any other.
    """
    names = {signature.label for signature in disk.signatures if signature.kind == "iso9660"}
    return MEDIUM_LABEL in names or any(
        mount == root or mount.startswith(f"{root}/")
        for device in disk.devices
        for mount in device.mounts
        for root in LIVE_MOUNTS
    )


def carries_data(disk: DiskFact) -> bool:
    """Whether anything but an empty partition table is on the disk."""
    return bool(disk.partitions) or not all(signature.is_table for signature in disk.signatures)


def pools_on(disk: DiskFact, facts: Facts) -> tuple[PoolFact, ...]:
    """The pools with a member on the disk."""
    return tuple(facts.pools[place] for place in _at(disk, facts.pool_places))


def volume_groups_on(disk: DiskFact, facts: Facts) -> tuple[VolumeGroupFact, ...]:
    """The volume groups with a PV on the disk."""
    return tuple(facts.volume_groups[place] for place in _at(disk, facts.group_places))


def osds_of(group: VolumeGroupFact) -> frozenset[str]:
    """The Ceph OSDs that have data, database or log in the group, by their `id in cluster`."""
    found = set()
    for volume in group.volumes:
        tags = dict(tag.split("=", 1) for tag in volume.tags if "=" in tag)
        if "ceph.osd_id" in tags:
            cluster = tags.get("ceph.cluster_fsid", "an unknown cluster")
            found.add(f"{tags['ceph.osd_id']} of {cluster}")
    return frozenset(found)


def is_active(group: VolumeGroupFact) -> bool:
    """Whether any volume of the group is mapped, so that something may be writing to it."""
    return any(volume.active for volume in group.volumes)


def uses_of(disk: DiskFact, facts: Facts) -> tuple[str, ...]:
    """Everything that uses the disk right now, as phrases; empty for a disk that nothing uses."""
    uses: list[str] = []
    for thing in disk.things:
        uses += [f"{thing.path} is mounted on {mount}" for mount in thing.mounts]
        if thing.swap:
            uses.append(f"{thing.path} is used as swap")
        if not isinstance(thing, LayerFact) and thing.holders:
            uses.append(f"{thing.path} is held by {', '.join(thing.holders)}")
    uses += [phrase_of_pool(pool) for pool in pools_on(disk, facts) if pool.imported]
    uses += [phrase_of_group(group) for group in volume_groups_on(disk, facts) if is_active(group)]
    return tuple(uses)


def phrase_of_pool(pool: PoolFact) -> str:
    """That a disk belongs to an imported pool."""
    return f"it is a member of the imported pool {pool.name}"


def phrase_of_group(group: VolumeGroupFact) -> str:
    """That a disk belongs to an active volume group."""
    return f"it holds a PV of the active volume group {group.name}"


def contents_of(disk: DiskFact, facts: Facts) -> tuple[str, ...]:
    """What would be lost with the disk: the disk itself, then one line for each thing on it."""
    lines = [
        f"{disk.model or 'unknown model'}, serial {disk.serial or 'unknown'}, "
        f"{human(disk.size_bytes)} ({disk.path})"
    ]
    lines += [_whole_disk(disk)] if disk.signatures and not disk.partitions else []
    lines += [_partition(part) for part in disk.partitions]
    lines += [_layer(layer) for layer in disk.layers if layer.kind not in _UNTOLD]
    lines += [_pool(pool) for pool in pools_on(disk, facts)]
    lines += [_volume_group(group) for group in volume_groups_on(disk, facts)]
    lines += [btrfs.describe() for btrfs in btrfs_on(disk, facts)]
    if len(lines) == 1:
        lines.append("nothing known is on it")
    return tuple(lines)


def _at(disk: DiskFact, places: Mapping[str, Sequence[int]]) -> list[int]:
    """The positions of what has a device on the disk, in order, each once."""
    return sorted({place for name in device_names(disk) for place in places.get(name, ())})


def _whole_disk(disk: DiskFact) -> str:
    return "on the whole disk: " + ", ".join(signature.kind for signature in disk.signatures)


def _partition(part: PartitionFact) -> str:
    found = ", ".join(_signatures(part.signatures)) or "no signature"
    return f"partition {part.number}, {human(part.size_bytes)}: {found}"


def _signatures(signatures: tuple[Signature, ...]) -> Iterator[str]:
    for signature in signatures:
        yield f"{signature.kind} {signature.label!r}" if signature.label else signature.kind


# Volumes are told with their volume group, and partitions with what they hold.
_UNTOLD = frozenset({LayerKind.LVM, LayerKind.PARTITION, LayerKind.CACHE})
_LAYER_NAMES = {
    LayerKind.CRYPT: "open dm-crypt device",
    LayerKind.MAPPING: "mapped device",
    LayerKind.MULTIPATH: "multipath device",
    LayerKind.ARRAY: "md array",
    LayerKind.CONTAINER: "md container",
    LayerKind.BCACHE: "cached device",
}


def _layer(layer: LayerFact) -> str:
    name = _LAYER_NAMES.get(layer.kind, "device")
    found = ", ".join(_signatures(layer.signatures)) or "no signature"
    return f"{name} {layer.path}: {found}"


def _pool(pool: PoolFact) -> str:
    return f"pool {pool.name} ({'imported' if pool.imported else 'exported'}, {pool.state.lower()})"


def _volume_group(group: VolumeGroupFact) -> str:
    names = ", ".join(volume.name for volume in group.volumes)
    osds = ", ".join(sorted(osds_of(group)))
    what = f"volumes {names}" if names else "no volumes"
    return f"volume group {group.name} with {what}{f' (Ceph OSD {osds})' if osds else ''}"
