"""The plan's btrfs: made, or mounted for an earlier run's sake. btrfs(5)."""

from __future__ import annotations

from pathlib import Path

from bedplate.apply.devices import partition_paths
from bedplate.apply.mounts import Held, mount, unmount
from bedplate.model.plan import BtrfsStorage, Plan
from bedplate.render import btrfs_argv
from bedplate.render.argv import joined
from bedplate.run import Runner


def create(run: Runner, held: Held, plan: Plan, storage: BtrfsStorage, root: Path) -> None:
    """Make the file system and its subvolumes, mounted at `root` until `held` is released.

    mkfs.btrfs refuses a UUID that is on any disk already, as it is where an interrupted run made
    this very file system.
    """
    unmount(run, root)  # a killed run leaves it mounted
    members = partition_paths(plan, storage.members)
    run(["wipefs", "--quiet", "--all", *members])
    run(joined(btrfs_argv.make(storage, members)))
    open_root(run, held, plan, storage, root)
    for name in storage.subvolumes:
        place = root / name
        place.parent.mkdir(parents=True, exist_ok=True)
        run(btrfs_argv.create_subvolume(place))


def open_root(run: Runner, held: Held, plan: Plan, storage: BtrfsStorage, root: Path) -> None:
    """Mount the file system at `root`; it is held until `held` is released."""
    members = partition_paths(plan, storage.members)
    mount(run, held, members[0], root, *btrfs_argv.mount_options(storage, members))
