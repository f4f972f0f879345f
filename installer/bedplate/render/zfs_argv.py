"""The commands that make the ZFS pool and let go of it. zpool-create(8), zfs-create(8)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from bedplate.model.plan import Dataset, Role, Vdev, ZfsStorage
from bedplate.render.argv import Argv, Place, behind, joined


def create_pool(storage: ZfsStorage, place_of: Callable[[str], Place], root: Place) -> list[Argv]:
    """Make the pool below an alternate root; `place_of` finds a member by its partition GUID."""
    properties = storage.properties | {"mountpoint": "none"}
    return [
        ["zpool", "create", "-f"],
        # Nothing of the pool is to stay with the installing system.
        ["-o", "cachefile=none"],
        ["-o", f"ashift={storage.ashift}"],
        *options_of("-o", storage.pool_properties),
        *options_of("-O", properties),
        ["-R", root],
        [storage.pool],
        *vdev_words(storage.vdevs, place_of),
    ]


def create_dataset(dataset: Dataset, key_at: Place | None = None) -> Argv:
    """Make one dataset; ZFS mounts it as its properties say.

    A passphrase is read from standard input. The file of a key is at `key_at` meanwhile.
    """
    options = options_of("-o", dataset.properties)
    if key_at is not None:
        options = [
            *options_of("-o", {k: v for k, v in dataset.properties.items() if k != "keylocation"}),
            ["-o", behind("keylocation=file://", key_at)],
        ]
    return ["zfs", "create", *joined(options), dataset.name]


def receive(dataset: Dataset) -> Argv:
    """Make a dataset of the stream on standard input, as a snapshot that it begins with.

    It is not mounted. What it is not given here it inherits, as if it had been created: the stream
    has no properties of its own. zfs-receive(8).
    """
    options = options_of("-o", dataset.properties)
    return ["zfs", "receive", "-u", *joined(options), snapshot_of(dataset)]


def snapshot_of(dataset: Dataset) -> str:
    """The name of the snapshot that a received dataset begins with."""
    return f"{dataset.name}@received"


def destroy_snapshot(dataset: Dataset) -> Argv:
    """Forget the snapshot that a received dataset begins with. zfs-destroy(8)."""
    return ["zfs", "destroy", snapshot_of(dataset)]


def destroy_dataset(name: str) -> Argv:
    """Destroy a dataset of an attempt that was broken off, and all that is below it."""
    return ["zfs", "destroy", "-r", name]


def list_datasets(pool: str) -> Argv:
    """Print the names of a pool's datasets, a line each. zfs-list(8)."""
    return ["zfs", "list", "-H", "-o", "name", "-r", pool]


def mount(dataset: Dataset) -> Argv:
    """Mount a dataset where its properties say. zfs-mount(8)."""
    return ["zfs", "mount", dataset.name]


def set_key_location(dataset: Dataset) -> Argv:
    """Have ZFS look for the key where it is on the new system. zfs-change-key(8)."""
    return ["zfs", "set", f"keylocation={dataset.properties['keylocation']}", dataset.name]


def find_pool(pool: str) -> Argv:
    """Print the name of a pool; fails if no pool of that name is imported."""
    return ["zpool", "list", "-H", "-o", "name", pool]


def export_pool(pool: str) -> Argv:
    """Unmount a pool's file systems and let go of it."""
    return ["zpool", "export", pool]


def set_root(storage: ZfsStorage) -> Argv:
    """Have the pool say which of its datasets is the root. zpoolprops(7), `bootfs`."""
    return ["zpool", "set", f"bootfs={storage.root_dataset}", storage.pool]


def load_key(dataset: Dataset, key_at: Place | None = None) -> Argv:
    """Unlock an encrypted dataset, with a key from a file or else from standard input."""
    where = [] if key_at is None else ["-L", behind("file://", key_at)]
    return ["zfs", "load-key", *where, dataset.name]


def vdev_words(vdevs: tuple[Vdev, ...], place_of: Callable[[str], Place]) -> Iterator[Argv]:
    """What the pool is made of; a word such as `log` holds for all vdevs up to the next one."""
    role = Role.DATA
    for vdev in vdevs:
        words = [vdev.role.value] if vdev.role is not role else []
        kind = [] if vdev.type == "stripe" else [vdev.type]
        yield [*words, *kind, *map(place_of, vdev.members)]
        role = vdev.role


def options_of(flag: str, properties: Mapping[str, str]) -> list[Argv]:
    return [[flag, f"{name}={value}"] for name, value in properties.items()]
