"""The partition table of a boot disk: BIOS boot, ESP and data, to the sector.

Every selected disk gets the same kind of table, whatever its part in a pool, so that any of them
can start the host. Positions are those of the original installer (a GPT with 128 entries at both
ends of the disk), so that a host installed by either looks the same to the manual's procedures.
"""

from __future__ import annotations

from bedplate.model.facts import DiskFact
from bedplate.model.gpt import (
    BIOS_BOOT_TYPE,
    ESP_TYPE,
    LVM_TYPE,
    ZFS_TYPE,
    first_usable_sector,
    last_usable_sector,
)
from bedplate.model.layout import LvmLayout, ZfsLayout
from bedplate.model.plan import DiskPlan, PartitionPlan, Role
from bedplate.plan.ids import Ids
from bedplate.units import GIB, MIB

SECTOR_SIZES = (512, 4096)
ESP_START_BYTES = MIB
SMALL_ESP_BYTES = 512 * MIB
LARGE_ESP_BYTES = 1024 * MIB
LARGE_ESP_ABOVE_BYTES = 100 * GIB

_BIOS_BOOT_LAST_SECTOR = 2047
_DATA_TYPES = {"lvm": LVM_TYPE, "zfs": ZFS_TYPE}


def plan_disk(
    disk: DiskFact, storage: ZfsLayout | LvmLayout, hdsize_bytes: int | None, ids: Ids
) -> DiskPlan:
    """The whole table of one disk; `hdsize_bytes` ends the data partition early."""
    sectors = {
        Role.BIOS_BOOT: _bios_boot(disk.sector_size),
        Role.ESP: _esp(disk),
        Role.DATA: _data(disk, hdsize_bytes),
    }
    types = {
        Role.BIOS_BOOT: BIOS_BOOT_TYPE,
        Role.ESP: ESP_TYPE,
        Role.DATA: _DATA_TYPES[storage.kind],
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


def _data(disk: DiskFact, hdsize_bytes: int | None) -> tuple[int, int]:
    first = _esp(disk)[1] + 1
    last = last_usable_sector(disk.size_bytes, disk.sector_size)
    if hdsize_bytes is None:
        return first, last
    # The original ends the partition *at* hdsize, that sector included: one sector more than asked.
    return first, min(last, hdsize_bytes // MIB * MIB // disk.sector_size)
