"""The commands that make earlier contents of disks let go of them. dmsetup(8), zpool(8)."""

from __future__ import annotations

from collections.abc import Sequence

from bedplate.render.argv import Argv, Place
from bedplate.render.zfs_argv import export_pool


def rename_group(uuid: str, name: str) -> Argv:
    """Give a VG, known by its UUID, another name."""
    return ["vgrename", uuid, name]


def group_name(uuid: str) -> Argv:
    """Print the name of a VG that is known by its UUID."""
    return ["vgs", "--noheadings", "--options", "vg_name", "--select", f"vg_uuid={uuid}"]


def rename_pool(guid: str, name: str) -> list[Argv]:
    """Import a pool, known by its guid, under another name, mount nothing of it, and export it."""
    # Its last user was the system it belonged to, not this one, hence the force.
    options = ["-f", "-N", "-o", "cachefile=none"]
    return [["zpool", "import", *options, guid, name], export_pool(name)]


def pool_guid(pool: str) -> Argv:
    """Print the guid of an imported pool; fails if no pool of that name is imported."""
    return ["zpool", "list", "-H", "-o", "guid", pool]


def unmount(at: Place) -> Argv:
    """Unmount a file system; fails while a program uses it."""
    return ["umount", at]


def swap_off(place: Place) -> Argv:
    """Stop swapping to a device."""
    return ["swapoff", place]


def close_mappings(names: Sequence[str]) -> Argv:
    """Take devices off the device mapper; fails while one is in use."""
    # udev may have one of them open for a moment.
    return ["dmsetup", "remove", "--retry", *names]


def wipe_signatures(places: Sequence[Place]) -> Argv:
    """Erase everything that blkid recognises, at whichever offset it is."""
    return ["wipefs", "--all", "--quiet", *places]
