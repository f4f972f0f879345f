"""The new system's root file system, and its ESPs, mounted while steps need them.

A fresh run creates the storage and finds it open; a resumed run opens what an earlier one made.
Whoever opens it registers how it is closed, in one place.
"""

from __future__ import annotations

import threading
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import assert_never

from bedplate.apply import btrfs, lvm, md, zfs
from bedplate.apply.devices import partition_path, settle
from bedplate.apply.mounts import Held, mount, unmount
from bedplate.model.plan import Array, BtrfsStorage, LvmStorage, Plan, ZfsStorage
from bedplate.model.secret import Secret
from bedplate.render import lvm_argv
from bedplate.render.boot_argv import ESP_MOUNT_OPTIONS
from bedplate.run import FileInput, Runner

RUNTIME = Path("/run/bedplate")


@dataclass(slots=True)
class Root:
    """Opens the plan's storage on demand and closes it once."""

    plan: Plan
    run: Runner
    path: Path = RUNTIME / "root"
    passphrase: Secret | None = None
    _held: Held = field(default_factory=Held)
    _open: bool = False
    _imported: bool = False
    _active: bool = False
    _assembled: bool = False
    _esps: dict[str, Path] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def create_pool(self, datasets: Collection[str] | None) -> None:
        """Create the planned pool and these datasets, or all; they are mounted below `path`."""
        pool = self._pool()
        names = [one.name for one in pool.storage.datasets] if datasets is None else datasets
        pool.create(self.plan)
        pool.create_datasets(names)
        self._imported = True
        self._open = pool.storage.root_dataset in names

    def receive(self, stream: FileInput, datasets: Collection[str]) -> None:
        """Make the root dataset of a stream and create `datasets`, whatever of them is there."""
        pool = self._pool()
        with self._lock:
            if not self._imported:
                pool.import_unmounted()
                pool.destroy_leftovers([pool.storage.root_dataset, *datasets])
                self._imported = True
            pool.receive_root(stream)
            pool.create_datasets(datasets)
            self._open = True

    def create_btrfs(self) -> None:
        """Make the planned btrfs; it is mounted at `path` afterwards."""
        storage = self.plan.storage
        assert isinstance(storage, BtrfsStorage)
        btrfs.create(self.run, self._held, self.plan, storage, self.path)
        self._open = True

    def create_array(self) -> None:
        """Create the planned md array, which the volume group will be on."""
        storage = self.plan.storage
        assert isinstance(storage, LvmStorage)
        assert storage.array is not None
        self._hold_array(storage, storage.array)
        md.create(self.run, self.plan, storage.array)
        self._assembled = True

    def create_volume_group(self) -> None:
        """Create the planned volume group; its volumes are separate steps."""
        storage = self.plan.storage
        assert isinstance(storage, LvmStorage)
        self._assemble(storage)
        self._held.take(f"VG {storage.vg}", lambda: lvm.deactivate(self.run, storage))
        lvm.create_volume_group(self.run, self.plan, storage)
        self._active = True

    def volume_group(self) -> LvmStorage:
        """The planned volume group, active; an earlier run may have made it."""
        storage = self.plan.storage
        assert isinstance(storage, LvmStorage)
        with self._lock:
            if not self._active:
                self._assemble(storage)
                lvm.activate(self.run, self._held, storage)
                self._active = True
        return storage

    def opened(self) -> Path:
        """The root's mount point; imports, activates and mounts if nobody has yet."""
        with self._lock:
            if not self._open:
                self._open_storage()
                self._open = True
        return self.path

    def esp(self, guid: str) -> Path:
        """The mount point of an ESP of the plan, mounted if nobody has yet."""
        with self._lock:
            if guid not in self._esps:
                disk, partition = self.plan.partition(guid)
                at = RUNTIME / "esp" / guid
                device = partition_path(disk, partition)
                mount(self.run, self._held, device, at, *ESP_MOUNT_OPTIONS)
                self._esps[guid] = at
            return self._esps[guid]

    def close(self) -> None:
        """Unmount everything and let go of the storage; safe to call more than once."""
        with self._lock:
            self._open = self._imported = self._active = self._assembled = False
            self._esps.clear()
            self._held.release()

    def _pool(self) -> zfs.Pool:
        storage = self.plan.storage
        assert isinstance(storage, ZfsStorage)
        return zfs.Pool(self.run, self._held, storage, self.path, self.passphrase)

    def _open_storage(self) -> None:
        match self.plan.storage:
            case ZfsStorage():
                pool = self._pool()
                pool.import_unmounted()
                pool.mount()
            case LvmStorage():
                # A group that is let go of twice is let go of too early: its root is mounted.
                device = lvm_argv.volume_path(self.volume_group(), lvm_argv.ROOT_VOLUME)
                mount(self.run, self._held, device, self.path)
            case BtrfsStorage() as storage:
                btrfs.open_root(self.run, self._held, self.plan, storage, self.path)
            case other:
                assert_never(other)

    def _assemble(self, storage: LvmStorage) -> None:
        """Start the array of an earlier run, if there is one to start."""
        if storage.array is not None and not self._assembled:
            self._hold_array(storage, storage.array)
            md.assemble(self.run, self.plan, storage.array)
            self._assembled = True

    def _hold_array(self, storage: LvmStorage, array: Array) -> None:
        """Begin with no array on the members, whoever started one, and end that way."""
        stop = partial(self._stop_array, storage, array)
        self._held.take(f"array {array.name}", stop)
        stop()

    def _stop_array(self, storage: LvmStorage, array: Array) -> None:
        unmount(self.run, self.path)  # a killed run leaves it mounted
        settle(self.run)  # udev may be about to activate what it found on an array
        lvm.deactivate(self.run, storage)
        md.stop(self.run, self.plan, array)
