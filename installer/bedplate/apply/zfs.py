"""The plan's ZFS pool: created, opened for an earlier run's sake, finished and let go of.

The pool is never written to a cache file and lives below an alternate root while it is worked on,
so that nothing of it stays with the installing system. zpool-create(8), zpoolprops(7).
"""

from __future__ import annotations

from pathlib import Path

from bedplate.apply.devices import stable_path
from bedplate.apply.mounts import Held
from bedplate.model.plan import Plan, Vdev, ZfsStorage
from bedplate.run import Runner

_BY_ID = Path("/dev/disk/by-id")


def create(run: Runner, held: Held, plan: Plan, storage: ZfsStorage, root: Path) -> None:
    """Create pool and datasets, mounted below `root`; they are held from the first command on."""
    root.mkdir(parents=True, exist_ok=True)
    _hold(run, held, storage)
    run(
        [
            "zpool", "create", "-f",
            "-o", "cachefile=none",
            "-o", f"ashift={storage.ashift}",
            *_options("-O", storage.properties),
            # Nothing is lost if power fails now: an unfinished install is started again.
            "-O", "sync=disabled",
            "-O", "mountpoint=none",
            "-R", root,
            storage.pool,
            *(word for vdev in storage.vdevs for word in _vdev_words(plan, vdev)),
        ]
    )  # fmt: skip
    for dataset in storage.datasets:
        run(["zfs", "create", *_options("-o", dataset.properties), dataset.name])


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
    run(["zpool", "set", f"bootfs={storage.root_dataset}", storage.pool])
    run(["zfs", "inherit", "sync", storage.pool])


def is_imported(run: Runner, pool: str) -> bool:
    """Whether a pool of that name is imported on this system."""
    return run(["zpool", "list", "-H", "-o", "name", pool], check=False).code == 0


def _hold(run: Runner, held: Held, storage: ZfsStorage) -> None:
    held.take(f"pool {storage.pool}", lambda: _export(run, storage.pool))


def _export(run: Runner, pool: str) -> None:
    if is_imported(run, pool):
        run(["zpool", "export", pool])


def _options(flag: str, properties: dict[str, str]) -> list[str]:
    return [word for name, value in properties.items() for word in (flag, f"{name}={value}")]


def _vdev_words(plan: Plan, vdev: Vdev) -> list[str | Path]:
    members = [stable_path(*plan.partition(guid)) for guid in vdev.members]
    return [*([] if vdev.type == "stripe" else [vdev.type]), *members]
