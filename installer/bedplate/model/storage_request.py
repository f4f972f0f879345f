"""More storage for guests that a running host is to have: a storage file, checked."""

from __future__ import annotations

from typing import Literal

from bedplate.model.layout import Raid
from bedplate.model.request import DiskSelection
from bedplate.model.value import Value


class GroupRequest(Value):
    """A volume group. Without `content` it is no storage by itself."""

    name: str
    disks: DiskSelection
    content: tuple[str, ...]


class ThinPoolRequest(Value):
    """A thin pool in a volume group that is there or asked for; without a size, of all its room."""

    name: str
    group: str
    size_bytes: int | None = None
    metadata_size_bytes: int | None = None
    content: tuple[str, ...]


class DirectoryRequest(Value):
    """A directory with a file system of its own, on a thin volume."""

    name: str
    group: str
    pool: str
    size_bytes: int
    filesystem: Literal["ext4", "xfs"]
    path: str
    content: tuple[str, ...]


class PartRequest(Value):
    """Disks of a pool beside those of its data, and how much of each; `None` is what is left."""

    disks: DiskSelection
    size_bytes: int | None = None


class PoolRequest(Value):
    """A ZFS pool. `insist` allows what is not wise: see `bedplate.plan.storage_zfs`."""

    name: str
    raid: Raid
    disks: DiskSelection
    ashift: int = 12
    compress: str = "on"
    special: PartRequest | None = None
    small_blocks: str | None = None
    log: PartRequest | None = None
    cache: PartRequest | None = None
    insist: bool = False
    content: tuple[str, ...]


class StorageRequest(Value):
    """Everything that a storage file asks for, by kind."""

    groups: tuple[GroupRequest, ...] = ()
    thin_pools: tuple[ThinPoolRequest, ...] = ()
    directories: tuple[DirectoryRequest, ...] = ()
    pools: tuple[PoolRequest, ...] = ()
    warnings: tuple[str, ...] = ()


class GrowRequest(Value):
    """A thin pool that is to be larger; without a size, as large as its group allows."""

    group: str
    pool: str
    size_bytes: int | None = None
    metadata_size_bytes: int | None = None


class AddRequest(Value):
    """Disks, by name, that a volume group or a pool is to have more, and what for."""

    name: str
    data: tuple[str, ...] = ()
    special: tuple[str, ...] = ()
    log: tuple[str, ...] = ()
    cache: tuple[str, ...] = ()
    log_size_bytes: int | None = None
    cache_size_bytes: int | None = None
    special_size_bytes: int | None = None
    small_blocks: str | None = None
    insist: bool = False
