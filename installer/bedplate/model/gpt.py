"""What a GUID partition table takes of a disk, and the partition types that occur here.

The table is the usual one of 128 entries of 128 bytes, at both ends of the disk (UEFI
specification, section 5.3).
"""

from __future__ import annotations

ENTRIES = 128
BIOS_BOOT_TYPE = "21686148-6449-6e6f-744e-656564454649"
BTRFS_TYPE = "0fc63daf-8483-4772-8e79-3d69d8477de4"  # "Linux file system data"
ESP_TYPE = "c12a7328-f81f-11d2-ba4b-00a0c93ec93b"
LINUX_RAID_TYPE = "a19d880f-05fc-4d3b-a006-743f0f84911e"
LVM_TYPE = "e6d6d379-f507-44c2-a23c-238f2a3df928"
SWAP_TYPE = "0657fd6d-a4ab-43c4-84e5-0933c84b4f4f"
ZFS_TYPE = "6a898cc3-1dd2-11b2-99a6-080020736631"

_ENTRY_BYTES = 128


def first_usable_sector(sector_size: int) -> int:
    """The first sector behind protective MBR, header and entries: 34, or 6 on 4Kn."""
    return 2 + ENTRIES * _ENTRY_BYTES // sector_size


def last_usable_sector(disk_size_bytes: int, sector_size: int) -> int:
    """The last sector before the backup entries and the backup header."""
    return disk_size_bytes // sector_size - first_usable_sector(sector_size)
