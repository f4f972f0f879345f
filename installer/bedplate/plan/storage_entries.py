"""Which storages a host has for guests, ISO images and backups, as the manual's tools know them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from bedplate.model.plan import BtrfsStorage, LvmStorage, Storage, ZfsStorage
from bedplate.model.storage_entry import StorageEntry

GUESTS = ("images", "rootdir")
FILES = ("iso", "vztmpl", "backup")
# Where the manual has a host keep files for guests.
_LOCAL = "/var/lib/vz"
_BTRFS = "var/lib/pve/local-btrfs"


def entries_of_root(storage: Storage) -> tuple[StorageEntry, ...]:
    """The storages of a new host: `local` for files, and another one for the disks of guests.

    Where nothing else is there for those, they are files too.
    """
    match storage:
        case ZfsStorage():
            more = tuple(_of_pool(storage))
        case LvmStorage():
            more = tuple(_of_group(storage))
        case BtrfsStorage():
            more = tuple(_of_btrfs(storage))
        case other:
            assert_never(other)
    local = directory_entry("local", _LOCAL, FILES if more else (*FILES, *GUESTS))
    if any(entry.kind == "btrfs" for entry in more):
        # Both would be one file system, and snapshots are to be had from the other one only.
        local = local.model_copy(update={"options": (*local.options, ("disable", ""))})
    return (local, *more)


def directory_entry(name: str, path: str, content: tuple[str, ...]) -> StorageEntry:
    """A directory."""
    options = (("path", path), ("content", ",".join(content)))
    return StorageEntry(kind="dir", name=name, options=options)


def mounted_entry(name: str, path: str, content: tuple[str, ...]) -> StorageEntry:
    """A directory that something is to be mounted on: without it, nothing is written there."""
    entry = directory_entry(name, path, content)
    return entry.model_copy(update={"options": (*entry.options, ("is_mountpoint", "yes"))})


def group_entry(name: str, vg: str, content: tuple[str, ...]) -> StorageEntry:
    """A volume group, which guests get volumes of."""
    options = (("vgname", vg), ("content", ",".join(content)))
    return StorageEntry(kind="lvm", name=name, options=options)


def thin_entry(name: str, vg: str, pool: str, content: tuple[str, ...]) -> StorageEntry:
    """A thin pool, which guests get thin volumes of."""
    options = (("thinpool", pool), ("vgname", vg), ("content", ",".join(content)))
    return StorageEntry(kind="lvmthin", name=name, options=options)


def pool_entry(name: str, dataset: str, content: tuple[str, ...]) -> StorageEntry:
    """A pool or a dataset, below which guests get volumes that take what they use."""
    options = (("pool", dataset), ("sparse", ""), ("content", ",".join(content)))
    return StorageEntry(kind="zfspool", name=name, options=options)


def _of_pool(storage: ZfsStorage) -> Iterator[StorageEntry]:
    data = f"{storage.pool}/data"
    if any(dataset.name == data for dataset in storage.datasets):
        yield pool_entry("local-zfs", data, GUESTS)


def _of_group(storage: LvmStorage) -> Iterator[StorageEntry]:
    """A disk may be too small for a thin pool, or the answer file does without it."""
    for volume in storage.volumes:
        if volume.type == "thin-pool":
            yield thin_entry("local-lvm", storage.vg, volume.name, ("rootdir", "images"))


def _of_btrfs(storage: BtrfsStorage) -> Iterator[StorageEntry]:
    if _BTRFS in storage.subvolumes:
        options = (("path", f"/{_BTRFS}"), ("content", ",".join((*FILES, *GUESTS))))
        yield StorageEntry(kind="btrfs", name="local-btrfs", options=options)
