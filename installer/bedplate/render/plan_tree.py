"""The storage of a plan as a tree: pool, vdevs and members, or volume group and volumes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from bedplate.model.plan import BtrfsStorage, DiskPlan, LvmStorage, Plan, Vdev, Volume, ZfsStorage
from bedplate.units import human

# Above this, the members of a vdev share a line: a pool of 40 disks is to stay on one page.
_MEMBERS_WITH_LINES = 8


@dataclass(frozen=True, slots=True)
class Node:
    """A thing, what is to be said of it, and what it is made of or holds."""

    name: str
    detail: str = ""
    children: tuple[Node, ...] = ()


def storage_tree(plan: Plan) -> Node:
    """The whole storage of a plan."""
    match plan.storage:
        case ZfsStorage() as storage:
            return _pool(plan, storage)
        case LvmStorage() as storage:
            return _volume_group(plan, storage)
        case BtrfsStorage() as storage:
            return _btrfs(plan, storage)
        case other:
            assert_never(other)


def partition_path(disk: DiskPlan, number: int) -> str:
    """The name the kernel will give the partition: a `p` keeps two numbers apart."""
    return f"{disk.path}{'p' if disk.path[-1].isdigit() else ''}{number}"


def properties_text(properties: dict[str, str]) -> str:
    """Properties as `zfs get` and a command line have them: `atime=on, xattr=sa`."""
    return ", ".join(f"{name}={value}" for name, value in properties.items())


def btrfs_text(storage: BtrfsStorage) -> str:
    """How a btrfs keeps its blocks, and how it is mounted: `data raid1, metadata raid1`."""
    profiles = f"data {storage.data.value}, metadata {storage.metadata.value}"
    return ", ".join((profiles, *storage.options))


def _pool(plan: Plan, storage: ZfsStorage) -> Node:
    count = sum(len(vdev.members) for vdev in storage.vdevs)
    vdevs = tuple(_vdev(plan, vdev, count <= _MEMBERS_WITH_LINES) for vdev in storage.vdevs)
    datasets = tuple(
        Node(dataset.name, properties_text(dataset.properties)) for dataset in storage.datasets
    )
    detail = (
        f"ashift={storage.ashift}, {properties_text(storage.pool_properties | storage.properties)}"
    )
    return Node(f"pool {storage.pool}", detail, (*vdevs, Node("datasets", children=datasets)))


def _vdev(plan: Plan, vdev: Vdev, with_lines: bool) -> Node:
    members = _members(plan, vdev.members)
    if with_lines:
        return Node(vdev.title, children=members)
    sizes = {member.detail for member in members}
    if len(sizes) == 1:
        return Node(vdev.title, f"{', '.join(m.name for m in members)}, {sizes.pop()} each")
    return Node(vdev.title, ", ".join(f"{m.name} ({m.detail})" for m in members))


def _volume_group(plan: Plan, storage: LvmStorage) -> Node:
    pvs = Node("PVs", children=_pvs(plan, storage))
    volumes = Node("volumes", children=tuple(_volume(volume) for volume in storage.volumes))
    return Node(f"volume group {storage.vg}", children=(pvs, volumes))


def _pvs(plan: Plan, storage: LvmStorage) -> tuple[Node, ...]:
    array = storage.array
    if array is None:
        return _members(plan, storage.pvs)
    members = _members(plan, array.members)
    return (Node(f"array {array.name}", f"md RAID1, {human(array.size_bytes)}", members),)


def _volume(volume: Volume) -> Node:
    metadata = volume.metadata_size_bytes
    extra = "" if metadata is None else f" with {human(metadata)} of metadata"
    what = f"{volume.filesystem or volume.type}{extra}"
    return Node(volume.name, f"{human(volume.size_bytes)}, {what}")


def _btrfs(plan: Plan, storage: BtrfsStorage) -> Node:
    devices = Node("devices", children=_members(plan, storage.members))
    names = tuple(Node(f"/{name}") for name in storage.subvolumes)
    return Node("btrfs", btrfs_text(storage), (devices, Node("subvolumes", children=names)))


def _members(plan: Plan, guids: tuple[str, ...]) -> tuple[Node, ...]:
    found = (plan.partition(guid) for guid in guids)
    return tuple(
        Node(partition_path(disk, part.number), human(part.size_bytes)) for disk, part in found
    )
