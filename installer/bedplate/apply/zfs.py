"""The plan's ZFS pool: created, opened for an earlier run's sake, and let go of.

The pool is never written to a cache file and lives below an alternate root while it is worked on,
so that nothing of it stays with the installing system. zpool-create(8), zpoolprops(7).
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bedplate.apply.devices import stable_path
from bedplate.apply.files import inside, put_file
from bedplate.apply.mounts import Held
from bedplate.errors import Problem, UsageError
from bedplate.model.plan import Dataset, Plan, ZfsStorage
from bedplate.model.secret import Secret
from bedplate.render import zfs_argv
from bedplate.render.argv import joined
from bedplate.run import FileInput, Runner

_BY_ID = Path("/dev/disk/by-id")
# What keyformat=raw takes, zfs-load-key(8).
_KEY_BYTES = 32
_RECEIVE_DEADLINE_SECONDS = 7200.0


@dataclass(frozen=True, slots=True)
class Pool:
    """The planned pool, whose file systems are mounted below the folder `root`.

    It raises `UsageError` if a dataset needs a passphrase and there is none, before anything else.
    """

    run: Runner
    held: Held
    storage: ZfsStorage
    root: Path
    passphrase: Secret | None

    def create(self, plan: Plan) -> None:
        """Create the pool, held from the first command on."""
        self._take()
        place_of = partial(_place_of, plan)
        self.run(joined(zfs_argv.create_pool(self.storage, place_of, self.root)))

    def create_datasets(self, names: Collection[str]) -> None:
        """Create these datasets in their order, mounted below `root`; the root is made bootable."""
        for dataset in self._of(names):
            if dataset.key_file is None:
                phrase = _phrase_of(dataset, self.passphrase)
                self.run(zfs_argv.create_dataset(dataset), stdin=phrase)
                continue
            key = _make_key(inside(self.root, dataset.key_file))
            self.run(zfs_argv.create_dataset(dataset, key))
            self.run(zfs_argv.set_key_location(dataset))
        if self.storage.root_dataset in names:
            self.run(zfs_argv.set_root(self.storage))

    def receive_root(self, stream: FileInput) -> None:
        """Make the root dataset of a stream, mounted and bootable."""
        (dataset,) = self._of([self.storage.root_dataset])
        self.run(zfs_argv.receive(dataset), stdin=stream, timeout=_RECEIVE_DEADLINE_SECONDS)
        self.run(zfs_argv.destroy_snapshot(dataset))
        self.run(zfs_argv.mount(dataset))
        self.run(zfs_argv.set_root(self.storage))

    def destroy_leftovers(self, names: Collection[str]) -> None:
        """Destroy those of these datasets that an attempt left which was broken off."""
        there = self.run(zfs_argv.list_datasets(self.storage.pool)).stdout.splitlines()
        # What is below a dataset comes behind it in the alphabet.
        for name in sorted({*names} & {*there}, reverse=True):
            self.run(zfs_argv.destroy_dataset(name))

    def import_unmounted(self) -> None:
        """Import the pool of an earlier run, held; no file system is mounted yet."""
        self._take()
        search: list[str | Path] = ["-d", _BY_ID] if _BY_ID.is_dir() else []
        target: list[str | Path] = ["-o", "cachefile=none", "-R", self.root, self.storage.pool]
        self.run(["zpool", "import", "-f", "-N", *search, *target])

    def mount(self) -> None:
        """Unlock and mount all file systems of an imported pool."""
        # The root, and what it lies in, is the first of them: all others are mounted inside it.
        for dataset in self.storage.datasets:
            if dataset.key_file is not None:
                self.run(zfs_argv.load_key(dataset, inside(self.root, dataset.key_file)))
            elif dataset.has_passphrase:
                phrase = _phrase_of(dataset, self.passphrase)
                self.run(zfs_argv.load_key(dataset), stdin=phrase)
            if dataset.properties.get("mountpoint", "").startswith("/"):
                self.run(zfs_argv.mount(dataset))

    def _take(self) -> None:
        for dataset in self.storage.datasets:
            _phrase_of(dataset, self.passphrase)
        self.root.mkdir(parents=True, exist_ok=True)
        self.held.take(f"pool {self.storage.pool}", lambda: _export(self.run, self.storage.pool))

    def _of(self, names: Collection[str]) -> tuple[Dataset, ...]:
        return tuple(dataset for dataset in self.storage.datasets if dataset.name in names)


def _place_of(plan: Plan, guid: str) -> Path:
    return stable_path(*plan.partition(guid))


def is_imported(run: Runner, pool: str) -> bool:
    """Whether a pool of that name is imported on this system."""
    return run(zfs_argv.find_pool(pool), check=False).code == 0


def _phrase_of(dataset: Dataset, passphrase: Secret | None) -> Secret | None:
    """What ZFS is to read for a dataset: its passphrase, if it has one."""
    if not dataset.has_passphrase:
        return None
    if passphrase is None:
        message = "is encrypted with a passphrase, and a plan does not hold it"
        hint = "name the answer file it is in with --answer"
        raise UsageError(Problem("passphrase-needed", dataset.name, message, hint))
    return passphrase


def _make_key(place: Path) -> Path:
    """A new key that nobody but root can read, on disk before anything depends on it."""
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    put_file(place, secrets.token_bytes(_KEY_BYTES), 0o600, durable=True)
    return place


def _export(run: Runner, pool: str) -> None:
    if is_imported(run, pool):
        run(zfs_argv.export_pool(pool))
