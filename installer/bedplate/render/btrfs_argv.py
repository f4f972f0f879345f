"""The commands that make and mount a btrfs of one or several devices. mkfs.btrfs(8), btrfs(5)."""

from __future__ import annotations

from collections.abc import Sequence

from bedplate.model.plan import BtrfsStorage
from bedplate.render.argv import Argv, Place, behind


def make(storage: BtrfsStorage, places: Sequence[Place]) -> list[Argv]:
    """Make the file system with its planned UUID over its members."""
    return [
        ["mkfs.btrfs", "--quiet", "--force"],
        ["--uuid", storage.uuid],
        ["--data", storage.data.value, "--metadata", storage.metadata.value],
        [*places],
    ]


def mount_options(storage: BtrfsStorage, places: Sequence[Place]) -> list[str]:
    """How to mount it by one member. All are named: nobody need have looked for them before."""
    devices = [word for place in places for word in ("-o", behind("device=", place))]
    options = [word for option in storage.options for word in ("-o", option)]
    return ["-t", "btrfs", *devices, *options]


def create_subvolume(place: Place) -> Argv:
    """Make a subvolume in a folder that is there. btrfs-subvolume(8)."""
    return ["btrfs", "subvolume", "create", place]
