"""The plan's ZFS pool: created, opened for an earlier run's sake, finished and let go of.

The pool is never written to a cache file and lives below an alternate root while it is worked on,
so that nothing of it stays with the installing system. zpool-create(8), zpoolprops(7).
"""

from __future__ import annotations

from pathlib import Path

from bedplate.apply.devices import stable_path
from bedplate.apply.mounts import Held
from bedplate.model.plan import Plan, ZfsStorage
from bedplate.render import zfs_argv
from bedplate.render.argv import joined
from bedplate.run import Runner

_BY_ID = Path("/dev/disk/by-id")


def create(run: Runner, held: Held, plan: Plan, storage: ZfsStorage, root: Path) -> None:
    """Create pool and datasets, mounted below `root`; they are held from the first command on."""
    root.mkdir(parents=True, exist_ok=True)
    _hold(run, held, storage)
    run(
        joined(zfs_argv.create_pool(storage, lambda guid: stable_path(*plan.partition(guid)), root))
    )
    for dataset in storage.datasets:
        run(zfs_argv.create_dataset(dataset))


def open_pool(run: Runner, held: Held, storage: ZfsStorage, root: Path) -> None:
    """Import the pool of an earlier run below `root` and mount its file systems."""
    root.mkdir(parents=True, exist_ok=True)
    _hold(run, held, storage)
    search: list[str | Path] = ["-d", _BY_ID] if _BY_ID.is_dir() else []
    run(["zpool", "import", "-f", "-N", *search, "-o", "cachefile=none", "-R", root, storage.pool])
    mounted = [
        d.name for d in storage.datasets if d.properties.get("mountpoint", "").startswith("/")
    ]
    # The root first: everything else is mounted inside it.
    for name in sorted(mounted, key=lambda name: name != storage.root_dataset):
        run(["zfs", "mount", name])


def finish(run: Runner, storage: ZfsStorage) -> None:
    """Set what holds for the pool's life: where it boots from, and honest writes."""
    for argv in zfs_argv.finish_pool(storage):
        run(argv)


def is_imported(run: Runner, pool: str) -> bool:
    """Whether a pool of that name is imported on this system."""
    return run(zfs_argv.find_pool(pool), check=False).code == 0


def _hold(run: Runner, held: Held, storage: ZfsStorage) -> None:
    held.take(f"pool {storage.pool}", lambda: _export(run, storage.pool))


def _export(run: Runner, pool: str) -> None:
    if is_imported(run, pool):
        run(zfs_argv.export_pool(pool))
