"""The commands by which a store does without a member that works.

zpool-detach(8), zpool-remove(8), mdadm(8), btrfs-balance(8), btrfs-device(8).
"""

from __future__ import annotations

from bedplate.render.argv import Argv, Place


def leave_mirror(pool: str, member: str) -> Argv:
    """Take a member, known by its guid, out of a mirror of a pool."""
    return ["zpool", "detach", pool, member]


def leave_pool(pool: str, vdev: str) -> Argv:
    """Take a log or a cache of one device out of a pool."""
    return ["zpool", "remove", pool, vdev]


def leave_array(array: Place, member: Place, wanted: int) -> list[Argv]:
    """Take a member out of a mirror, which does not wait for another one then.

    --force is what mdadm wants where only one is left.
    """
    manage: Argv = ["mdadm", "--manage", array, "--quiet"]
    shrink: Argv = ["mdadm", "--grow", array, "--quiet", f"--raid-devices={wanted}", "--force"]
    return [[*manage, "--fail", member], [*manage, "--remove", member], shrink]


def give_up_copies(at: Place) -> Argv:
    """Keep data once, and metadata twice, wherever; --force as there will be less than before."""
    convert = ["-dconvert=single,soft", "-mconvert=dup,soft"]
    return ["btrfs", "balance", "start", "--force", *convert, at]


def leave_btrfs(at: Place, member: str) -> Argv:
    """Move everything off a device, known by its number, and take it out."""
    return ["btrfs", "device", "remove", member, at]
