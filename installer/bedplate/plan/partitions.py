"""The partition table of a boot disk: BIOS boot, ESP and data, to the sector.

Every selected disk gets the same kind of table, whatever its part in a pool, so that any of them
can start the host. Positions are those of the original installer (a GPT with 128 entries at both
ends of the disk), so that a host installed by either looks the same to the manual's procedures.
Only the data of redundant layouts may end earlier: see `docs/decisions/0007-slack.md`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from bedplate.model.facts import DiskFact
from bedplate.model.gpt import (
    BIOS_BOOT_TYPE,
    BTRFS_TYPE,
    ESP_TYPE,
    LINUX_RAID_TYPE,
    LVM_TYPE,
    ZFS_TYPE,
    first_usable_sector,
    last_usable_sector,
)
from bedplate.model.layout import (
    BTRFS_REDUNDANT,
    BtrfsLayout,
    LvmLayout,
    Raid,
    StorageLayout,
    ZfsLayout,
)
from bedplate.model.plan import DiskPlan, PartitionPlan, Role
from bedplate.plan.ids import Ids
from bedplate.plan.zfs import mirror_pairs
from bedplate.units import GIB, MIB, align_down

SECTOR_SIZES = (512, 4096)
ESP_START_BYTES = MIB
SMALL_ESP_BYTES = 512 * MIB
LARGE_ESP_BYTES = 1024 * MIB
LARGE_ESP_ABOVE_BYTES = 100 * GIB

# Disks of one class differ by a few MiB; a step makes the size one that people recognise.
SLACK_BYTES = 128 * MIB
DATA_STEP_BYTES = 256 * MIB

_BIOS_BOOT_LAST_SECTOR = 2047
_DATA_TYPES = {"btrfs": BTRFS_TYPE, "lvm": LVM_TYPE, "zfs": ZFS_TYPE}


def plan_disks(
    disks: tuple[DiskFact, ...],
    storage: StorageLayout,
    hdsize_bytes: int | None,
    ids: Ids,
    *,
    slack: bool,
) -> tuple[DiskPlan, ...]:
    """The tables of all disks, in their order.

    `hdsize_bytes` ends the data partitions early. Without it, `slack` makes those that hold the
    same data equal, with room for a disk that is slightly smaller.
    """
    sizes = _equal_sizes(disks, storage, hdsize_bytes, slack=slack)
    return tuple(plan_disk(disk, storage, hdsize_bytes, ids, sizes.get(disk.id)) for disk in disks)


def plan_disk(
    disk: DiskFact,
    storage: StorageLayout,
    hdsize_bytes: int | None,
    ids: Ids,
    data_bytes: int | None = None,
) -> DiskPlan:
    """The whole table of one disk.

    `hdsize_bytes` ends the data partition early, `data_bytes` is its very size.
    """
    sectors = {
        Role.BIOS_BOOT: _bios_boot(disk.sector_size),
        Role.ESP: _esp(disk),
        Role.DATA: _data(disk, hdsize_bytes, data_bytes),
    }
    types = {
        Role.BIOS_BOOT: BIOS_BOOT_TYPE,
        Role.ESP: ESP_TYPE,
        Role.DATA: _data_type(storage),
    }
    return DiskPlan(
        id=disk.id,
        path=disk.path,
        size_bytes=disk.size_bytes,
        sector_size=disk.sector_size,
        guid=ids.guid(f"disk:{disk.id}"),
        partitions=tuple(
            PartitionPlan(
                number=number,
                role=role,
                type_guid=types[role],
                guid=ids.guid(f"partition:{disk.id}:{role.value}"),
                first_sector=extent[0],
                last_sector=extent[1],
                size_bytes=(extent[1] - extent[0] + 1) * disk.sector_size,
            )
            # The numbers stay where there is no partition 1: the manual says "p2" and "p3".
            for number, (role, extent) in enumerate(sectors.items(), start=1)
            if extent is not None
        ),
    )


def smallest_data_bytes(
    disks: tuple[DiskFact, ...],
    storage: StorageLayout,
    hdsize_bytes: int | None,
    *,
    slack: bool,
) -> int:
    """The size of the smallest data partition that these disks will have."""
    sizes = _equal_sizes(disks, storage, hdsize_bytes, slack=slack)
    return min(_data_bytes(disk, hdsize_bytes, sizes.get(disk.id)) for disk in disks)


def esp_size_bytes(disk_size_bytes: int) -> int:
    """1 GiB on a disk above 100 GiB, else 512 MiB. It is the disk that counts, not hdsize."""
    return LARGE_ESP_BYTES if disk_size_bytes > LARGE_ESP_ABOVE_BYTES else SMALL_ESP_BYTES


def os_size_bytes(disk_size_bytes: int, hdsize_bytes: int | None) -> int:
    """What the original calls the OS size: all that follows the ESP, up to hdsize."""
    total = disk_size_bytes if hdsize_bytes is None else hdsize_bytes
    return total - esp_size_bytes(disk_size_bytes) - ESP_START_BYTES


def _bios_boot(sector_size: int) -> tuple[int, int] | None:
    """The gap before the first MiB; no BIOS starts from a 4Kn disk, so none there."""
    if sector_size != SECTOR_SIZES[0]:
        return None
    return first_usable_sector(sector_size), _BIOS_BOOT_LAST_SECTOR


def _esp(disk: DiskFact) -> tuple[int, int]:
    first = ESP_START_BYTES // disk.sector_size
    return first, first + esp_size_bytes(disk.size_bytes) // disk.sector_size - 1


def _data(disk: DiskFact, hdsize_bytes: int | None, data_bytes: int | None) -> tuple[int, int]:
    first = _esp(disk)[1] + 1
    last = last_usable_sector(disk.size_bytes, disk.sector_size)
    if data_bytes is not None:
        return first, first + data_bytes // disk.sector_size - 1
    if hdsize_bytes is None:
        return first, last
    # The original ends the partition *at* hdsize, that sector included: one sector more than asked.
    return first, min(last, hdsize_bytes // MIB * MIB // disk.sector_size)


def _data_bytes(
    disk: DiskFact, hdsize_bytes: int | None = None, data_bytes: int | None = None
) -> int:
    """The size of a data partition; it fills its disk unless something else is said."""
    first, last = _data(disk, hdsize_bytes, data_bytes)
    return (last - first + 1) * disk.sector_size


def _data_type(storage: StorageLayout) -> str:
    if isinstance(storage, LvmLayout) and storage.array is not None:
        return LINUX_RAID_TYPE
    return _DATA_TYPES[storage.kind]


def _equal_sizes(
    disks: tuple[DiskFact, ...],
    storage: StorageLayout,
    hdsize_bytes: int | None,
    *,
    slack: bool,
) -> dict[str, int]:
    """The sizes of data partitions that do not fill their disks, by disk id."""
    sizes: dict[str, int] = {}
    if slack and hdsize_bytes is None:
        for group in _redundant(disks, storage):
            size = min(_data_bytes(disk) for disk in group) - SLACK_BYTES
            sizes |= {disk.id: align_down(size, DATA_STEP_BYTES) for disk in group}
    return sizes


def _redundant(
    disks: tuple[DiskFact, ...], storage: StorageLayout
) -> Iterator[tuple[DiskFact, ...]]:
    """The disks whose data partitions stand in for each other, group by group."""
    match storage:
        case ZfsLayout(raid=Raid.RAID10):
            yield from mirror_pairs(disks)
        case ZfsLayout(raid=raid):
            yield from [disks] if raid is not Raid.RAID0 else []
        case LvmLayout(array=array):
            yield from [disks] if array is not None else []
        case BtrfsLayout(data=data):
            # btrfs has no fixed pairs: each copy may be on any two of the disks.
            yield from [disks] if data in BTRFS_REDUNDANT else []
        case other:
            assert_never(other)
