"""The commands by which a new partition takes the place of a lost member.

zpool-replace(8), zpool-add(8), mdadm(8), btrfs-replace(8), btrfs-balance(8).
"""

from __future__ import annotations

from bedplate.render.argv import Argv, Place


def replace_in_pool(pool: str, old: str, new: Place) -> Argv:
    """Have a device take the place of a member, known by its guid; the resilver goes on by itself.

    Without -f ZFS refuses a device on which there is anything: nothing is on a new partition.
    """
    return ["zpool", "replace", pool, old, new]


def let_go_in_pool(pool: str, member: str) -> Argv:
    """Take a device out of a mirror, or out of a replacement that did not get to its end."""
    return ["zpool", "detach", pool, member]


def attach_in_pool(pool: str, beside: str, new: Place) -> Argv:
    """Have a device hold the same as a member, known by its guid; the resilver goes on by itself.

    Without -f ZFS refuses a device on which there is anything: nothing is on a new partition.
    """
    return ["zpool", "attach", pool, beside, new]


def replace_in_cache(pool: str, old: str, new: Place) -> list[Argv]:
    """A cache holds nothing that is not in the pool too: the new device begins empty."""
    return [["zpool", "remove", pool, old], ["zpool", "add", pool, "cache", new]]


def add_to_array(array: Place, new: Place) -> Argv:
    """Give an array that has lost a member another one, which it synchronises at once."""
    return ["mdadm", "--manage", array, "--quiet", "--add", new]


def widen_array(array: Place, wanted: int) -> Argv:
    """Have a mirror want this many members; spares are given the data at once."""
    return ["mdadm", "--grow", array, "--quiet", f"--raid-devices={wanted}"]


def copy_in_array(array: Place, old: Place, new: Place) -> Argv:
    """Have a spare become the copy of a member that works, which is given up only then."""
    return ["mdadm", "--manage", array, "--quiet", "--replace", old, "--with", new]


def give_up_in_array(array: Place, old: Place) -> list[Argv]:
    """Take a member that failed out of its array."""
    manage: Argv = ["mdadm", "--manage", array, "--quiet"]
    return [[*manage, "--fail", old], [*manage, "--remove", old]]


def forget_in_array(array: Place) -> Argv:
    """Take members out of an array whose devices are not there any more."""
    return ["mdadm", "--manage", array, "--quiet", "--remove", "detached"]


def replace_in_btrfs(at: Place, old: str, new: Place) -> Argv:
    """Have a device take the place of one, known by its number; it goes on in the background.

    -r has the old one read only where nobody else has the data; -f overwrites what looks like a
    file system on the new one: its partition is new, so that is what a former life left behind.
    """
    return ["btrfs", "replace", "start", "-r", "-f", old, new, at]


def commit_btrfs(at: Place) -> Argv:
    """Have everything that a btrfs knows written to its devices. btrfs-filesystem(8)."""
    return ["btrfs", "filesystem", "sync", at]


def add_to_btrfs(at: Place, new: Place) -> Argv:
    """Give a btrfs a device; -f overwrites what looks like a file system on a new partition."""
    return ["btrfs", "device", "add", "-f", new, at]


def spread_btrfs(at: Place, data: str, metadata: str) -> Argv:
    """Make chunks of these profiles of those that have another, and leave all others alone."""
    convert = [f"-dconvert={data},soft", f"-mconvert={metadata},soft"]
    return ["btrfs", "balance", "start", *convert, at]


def save_table(disk: Place) -> Argv:
    """Print the partition table of a disk as a script that sfdisk(8) writes it again from."""
    return ["sfdisk", "--dump", disk]
