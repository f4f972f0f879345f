"""The commands that make the ZFS pool and let go of it. zpool-create(8), zfs-create(8)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bedplate.model.plan import Dataset, Vdev, ZfsStorage
from bedplate.render.argv import Argv, Place, joined


def create_pool(storage: ZfsStorage, place_of: Callable[[str], Place], root: Place) -> list[Argv]:
    """Make the pool below an alternate root; `place_of` finds a member by its partition GUID."""
    # Honest writes come back with the last step. Nothing is lost if power fails before: an
    # unfinished install is started again.
    properties = storage.properties | {"sync": "disabled", "mountpoint": "none"}
    return [
        ["zpool", "create", "-f"],
        # Nothing of the pool is to stay with the installing system.
        ["-o", "cachefile=none"],
        ["-o", f"ashift={storage.ashift}"],
        *_options("-O", properties),
        ["-R", root],
        [storage.pool],
        *(_vdev(vdev, place_of) for vdev in storage.vdevs),
    ]


def create_dataset(dataset: Dataset) -> Argv:
    """Make one dataset; ZFS mounts it as its properties say."""
    return ["zfs", "create", *joined(_options("-o", dataset.properties)), dataset.name]


def find_pool(pool: str) -> Argv:
    """Print the name of a pool; fails if no pool of that name is imported."""
    return ["zpool", "list", "-H", "-o", "name", pool]


def export_pool(pool: str) -> Argv:
    """Unmount a pool's file systems and let go of it."""
    return ["zpool", "export", pool]


def finish_pool(storage: ZfsStorage) -> list[Argv]:
    """Set what holds for the pool's life: where it boots from, and honest writes."""
    return [
        ["zpool", "set", f"bootfs={storage.root_dataset}", storage.pool],
        ["zfs", "inherit", "sync", storage.pool],
    ]


def _vdev(vdev: Vdev, place_of: Callable[[str], Place]) -> Argv:
    kind = [] if vdev.type == "stripe" else [vdev.type]
    return [*kind, *map(place_of, vdev.members)]


def _options(flag: str, properties: Mapping[str, str]) -> list[Argv]:
    return [[flag, f"{name}={value}"] for name, value in properties.items()]
