"""The plan's ZFS pool: created, opened for an earlier run's sake, and let go of.

The pool is never written to a cache file and lives below an alternate root while it is worked on,
so that nothing of it stays with the installing system. zpool-create(8), zpoolprops(7).
"""

from __future__ import annotations

import secrets
from pathlib import Path

from bedplate.apply.devices import stable_path
from bedplate.apply.files import inside, put_file
from bedplate.apply.mounts import Held
from bedplate.errors import Problem, UsageError
from bedplate.model.plan import Dataset, Plan, ZfsStorage
from bedplate.model.secret import Secret
from bedplate.render import zfs_argv
from bedplate.render.argv import joined
from bedplate.run import Runner

_BY_ID = Path("/dev/disk/by-id")
# What keyformat=raw takes, zfs-load-key(8).
_KEY_BYTES = 32


def create(
    run: Runner,
    held: Held,
    plan: Plan,
    storage: ZfsStorage,
    root: Path,
    passphrase: Secret | None,
) -> None:
    """Create pool and datasets, mounted below `root`; they are held from the first command on.

    Raises `UsageError` if a dataset needs a passphrase and there is none.
    """
    for dataset in storage.datasets:
        _phrase_of(dataset, passphrase)
    root.mkdir(parents=True, exist_ok=True)
    _hold(run, held, storage)
    run(
        joined(zfs_argv.create_pool(storage, lambda guid: stable_path(*plan.partition(guid)), root))
    )
    for dataset in storage.datasets:
        if dataset.key_file is None:
            run(zfs_argv.create_dataset(dataset), stdin=_phrase_of(dataset, passphrase))
            continue
        key = _make_key(inside(root, dataset.key_file))
        run(zfs_argv.create_dataset(dataset, key))
        run(zfs_argv.set_key_location(dataset))
    run(zfs_argv.set_root(storage))


def open_pool(
    run: Runner, held: Held, storage: ZfsStorage, root: Path, passphrase: Secret | None
) -> None:
    """Import the pool of an earlier run below `root`, unlock and mount its file systems.

    Raises `UsageError` if a dataset needs a passphrase and there is none.
    """
    for dataset in storage.datasets:
        _phrase_of(dataset, passphrase)
    root.mkdir(parents=True, exist_ok=True)
    _hold(run, held, storage)
    search: list[str | Path] = ["-d", _BY_ID] if _BY_ID.is_dir() else []
    run(["zpool", "import", "-f", "-N", *search, "-o", "cachefile=none", "-R", root, storage.pool])
    # The root, and what it lies in, is the first of them: everything else is mounted inside it.
    for dataset in storage.datasets:
        if dataset.key_file is not None:
            run(zfs_argv.load_key(dataset, inside(root, dataset.key_file)))
        elif dataset.has_passphrase:
            run(zfs_argv.load_key(dataset), stdin=_phrase_of(dataset, passphrase))
        if dataset.properties.get("mountpoint", "").startswith("/"):
            run(["zfs", "mount", dataset.name])


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


def _hold(run: Runner, held: Held, storage: ZfsStorage) -> None:
    held.take(f"pool {storage.pool}", lambda: _export(run, storage.pool))


def _export(run: Runner, pool: str) -> None:
    if is_imported(run, pool):
        run(zfs_argv.export_pool(pool))
