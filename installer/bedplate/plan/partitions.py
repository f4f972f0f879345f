"""The partition table of a boot disk: BIOS boot, ESP, data and what is behind it, to the sector.

Every selected disk gets the same kind of table, whatever its part in a pool, so that any of them
can start the host. Positions are those of the original installer (a GPT with 128 entries at both
ends of the disk), so that a host installed by either looks the same to the manual's procedures.
Only the data of redundant layouts may end earlier: see `docs/decisions/0007-slack.md`. Partitions
that the original does not know are behind the data, where the manual has them made by hand.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, assert_never

from bedplate.model.facts import DiskFact
from bedplate.model.gpt import (
    BIOS_BOOT_TYPE,
    BTRFS_TYPE,
    ESP_TYPE,
    LINUX_RAID_TYPE,
    LVM_TYPE,
    SWAP_TYPE,
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
from bedplate.units import GIB, MIB, align_down, align_up

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
_OTHER_TYPES = {Role.BIOS_BOOT: BIOS_BOOT_TYPE, Role.ESP: ESP_TYPE, Role.SWAP: SWAP_TYPE}
_Sectors = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Use:
    """What some disks are used for, and how much of each.

    `main` is their largest partition; it ends early for those `behind` it, for `hdsize_bytes`, and
    for the `free_bytes` at the end of the disk. Without `hdsize_bytes`, `slack` makes those that
    hold the same data equal, with room for a disk that is slightly smaller.
    """

    main: Literal[Role.DATA, Role.SPECIAL] = Role.DATA
    behind: Mapping[Role, int] = field(default_factory=dict)
    hdsize_bytes: int | None = None
    free_bytes: int = 0
    slack: bool = False

    @property
    def behind_bytes(self) -> int:
        """What the partitions behind the main one take together."""
        return sum(align_up(size, MIB) for size in self.behind.values())

    def limit_bytes(self, disk_size_bytes: int) -> int | None:
        """How much of a disk is used at most; `None` if there is no limit."""
        limits = (self.hdsize_bytes, self.before_free_bytes(disk_size_bytes))
        return min((limit for limit in limits if limit is not None), default=None)

    def before_free_bytes(self, disk_size_bytes: int) -> int | None:
        """Where, in whole MiB, the part of a disk begins that is left free, if any is."""
        if not self.free_bytes:
            return None
        return align_down(max(disk_size_bytes - self.free_bytes, 0), MIB)

    def used_bytes(self, disk_size_bytes: int) -> int:
        """How much of a disk is used."""
        limit = self.limit_bytes(disk_size_bytes)
        return disk_size_bytes if limit is None else min(limit, disk_size_bytes)


def plan_disks(
    disks: tuple[DiskFact, ...], storage: StorageLayout, use: Use, ids: Ids
) -> tuple[DiskPlan, ...]:
    """The tables of disks with one use, in their order."""
    sizes = _equal_sizes(disks, storage, use)
    return tuple(plan_disk(disk, storage, use, ids, sizes.get(disk.id)) for disk in disks)


def plan_disk(
    disk: DiskFact,
    storage: StorageLayout,
    use: Use,
    ids: Ids,
    main_bytes: int | None = None,
) -> DiskPlan:
    """The whole table of one disk; `main_bytes` is the very size of its main partition."""
    main = _main(disk, use, main_bytes)
    sectors: dict[Role, _Sectors | None] = {
        Role.BIOS_BOOT: _bios_boot(disk.sector_size),
        Role.ESP: _esp(disk),
        use.main: main,
        **dict(_behind(disk, use, main[1] + 1)),
    }
    data_type = _data_type(storage)
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
                type_guid=_OTHER_TYPES.get(role, data_type),
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


def smallest_data_bytes(disks: tuple[DiskFact, ...], storage: StorageLayout, use: Use) -> int:
    """The size of the smallest data partition that these disks will have."""
    sizes = _equal_sizes(disks, storage, use)
    return min(_main_bytes(disk, use, sizes.get(disk.id)) for disk in disks)


def esp_size_bytes(disk_size_bytes: int) -> int:
    """1 GiB on a disk above 100 GiB, else 512 MiB. It is the disk that counts, not hdsize."""
    return LARGE_ESP_BYTES if disk_size_bytes > LARGE_ESP_ABOVE_BYTES else SMALL_ESP_BYTES


def os_size_bytes(disk_size_bytes: int, limit_bytes: int | None) -> int:
    """What the original calls the OS size: all that follows the ESP, up to hdsize."""
    total = disk_size_bytes if limit_bytes is None else limit_bytes
    return total - esp_size_bytes(disk_size_bytes) - ESP_START_BYTES


def _bios_boot(sector_size: int) -> _Sectors | None:
    """The gap before the first MiB; no BIOS starts from a 4Kn disk, so none there."""
    if sector_size != SECTOR_SIZES[0]:
        return None
    return first_usable_sector(sector_size), _BIOS_BOOT_LAST_SECTOR


def _esp(disk: DiskFact) -> _Sectors:
    first = ESP_START_BYTES // disk.sector_size
    return first, first + esp_size_bytes(disk.size_bytes) // disk.sector_size - 1


def _main(disk: DiskFact, use: Use, main_bytes: int | None) -> _Sectors:
    first = _esp(disk)[1] + 1
    if main_bytes is not None:
        return first, first + main_bytes // disk.sector_size - 1
    last = last_usable_sector(disk.size_bytes, disk.sector_size)
    if use.hdsize_bytes is not None:
        # The original ends the partition *at* hdsize, that sector included: one more than asked.
        last = min(last, use.hdsize_bytes // MIB * MIB // disk.sector_size)
    if (end := use.before_free_bytes(disk.size_bytes)) is not None:
        last = min(last, end // disk.sector_size - 1)
    if use.behind:
        end = align_down((last + 1) * disk.sector_size, MIB) - use.behind_bytes
        last = end // disk.sector_size - 1
    return first, last


def _behind(disk: DiskFact, use: Use, first: int) -> Iterator[tuple[Role, _Sectors]]:
    """The other partitions, one after the other; the main one ends at a whole MiB before them."""
    for role, size in use.behind.items():
        sectors = align_up(size, MIB) // disk.sector_size
        yield role, (first, first + sectors - 1)
        first += sectors


def _main_bytes(disk: DiskFact, use: Use, main_bytes: int | None = None) -> int:
    """The size of a main partition; it takes all there is for it unless something else is said."""
    first, last = _main(disk, use, main_bytes)
    return (last - first + 1) * disk.sector_size


def _data_type(storage: StorageLayout) -> str:
    if isinstance(storage, LvmLayout) and storage.array is not None:
        return LINUX_RAID_TYPE
    return _DATA_TYPES[storage.kind]


def _equal_sizes(disks: tuple[DiskFact, ...], storage: StorageLayout, use: Use) -> dict[str, int]:
    """The sizes of main partitions that do not take all there is for them, by disk id."""
    sizes: dict[str, int] = {}
    if use.slack and use.hdsize_bytes is None:
        for group in _redundant(disks, storage, use):
            size = with_slack(min(_main_bytes(disk, use) for disk in group))
            sizes |= {disk.id: size for disk in group}
    return sizes


def with_slack(room_bytes: int) -> int:
    """The size of redundant members where the tightest has this much room."""
    return align_down(room_bytes - SLACK_BYTES, DATA_STEP_BYTES)


def _redundant(
    disks: tuple[DiskFact, ...], storage: StorageLayout, use: Use
) -> Iterator[tuple[DiskFact, ...]]:
    """The disks whose main partitions stand in for each other, group by group."""
    if use.main is Role.SPECIAL:
        yield disks
        return
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
