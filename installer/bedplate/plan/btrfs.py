"""The btrfs that holds the host: profiles, mount options and subvolumes."""

from __future__ import annotations

from bedplate.model.layout import BTRFS_REDUNDANT, BtrfsLayout, BtrfsProfile
from bedplate.model.plan import BtrfsStorage
from bedplate.model.request import BtrfsOptions
from bedplate.plan.ids import Ids

MINIMUM_DISKS = {
    BtrfsProfile.SINGLE: 1,
    BtrfsProfile.DUP: 1,
    BtrfsProfile.RAID0: 1,
    BtrfsProfile.RAID1: 2,
    BtrfsProfile.RAID10: 4,
}
_COMPRESS = {"off": (), "on": ("compress",)}


def plan_btrfs(
    layout: BtrfsLayout, members: tuple[str, ...], options: BtrfsOptions, ids: Ids
) -> BtrfsStorage:
    """The btrfs over `members`, the data partitions' GUIDs in the order of the chosen disks."""
    return BtrfsStorage(
        uuid=ids.guid("btrfs"),
        data=layout.data,
        metadata=_metadata(layout.data, len(members)),
        members=members,
        options=_COMPRESS.get(options.compress, (f"compress={options.compress}",)),
        subvolumes=layout.subvolumes,
    )


def _metadata(data: BtrfsProfile, disks: int) -> BtrfsProfile:
    """Metadata is there twice in any case: one bad block in it can cost more than one file."""
    if data in BTRFS_REDUNDANT:
        return data
    return BtrfsProfile.DUP if disks == 1 else BtrfsProfile.RAID1
