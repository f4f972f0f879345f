"""What holds of every partition table that is planned."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given

from bedplate.model.gpt import first_usable_sector, last_usable_sector
from bedplate.model.plan import Role
from bedplate.units import MIB
from tests.unit.plan.properties.asks import Ask, asks, often


@often
@given(asks())
def test_partitions_of_a_disk_do_not_overlap(ask: Ask) -> None:
    for disk in ask.plan().disks:
        assert all(part.first_sector <= part.last_sector for part in disk.partitions)
        for one, next_one in pairwise(disk.partitions):
            assert one.last_sector < next_one.first_sector


@often
@given(asks())
def test_partitions_lie_between_the_two_tables(ask: Ask) -> None:
    for disk in ask.plan().disks:
        assert disk.partitions[0].first_sector >= first_usable_sector(disk.sector_size)
        end = last_usable_sector(disk.size_bytes, disk.sector_size)
        assert disk.partitions[-1].last_sector <= end


@often
@given(asks())
def test_all_but_the_bios_boot_partition_start_at_a_whole_mib(ask: Ask) -> None:
    for disk in ask.plan().disks:
        for part in (part for part in disk.partitions if part.role is not Role.BIOS_BOOT):
            assert part.first_sector * disk.sector_size % MIB == 0


@often
@given(asks())
def test_a_partition_is_as_large_as_its_sectors(ask: Ask) -> None:
    for disk in ask.plan().disks:
        for part in disk.partitions:
            sectors = part.last_sector - part.first_sector + 1
            assert part.size_bytes == sectors * disk.sector_size


@often
@given(asks())
def test_every_disk_of_a_host_has_the_same_roles_in_the_same_places(ask: Ask) -> None:
    for disk in ask.plan().disks:
        roles = {part.number: part.role for part in disk.partitions if part.number <= 3}
        bootable = {1: Role.BIOS_BOOT} if disk.sector_size == 512 else {}
        is_data = disk.id in {fact.id for fact in ask.groups()[0]}
        assert roles == bootable | {2: Role.ESP, 3: Role.DATA if is_data else Role.SPECIAL}
        numbers = [part.number for part in disk.partitions]
        assert numbers == list(range(numbers[0], numbers[-1] + 1))


@often
@given(asks())
def test_no_disk_is_used_by_more_than_a_sector_beyond_hdsize_or_where_it_is_to_be_free(
    ask: Ask,
) -> None:
    limit = ask.hdsize_bytes()
    data = {disk.id for disk in ask.groups()[0]}
    for disk in ask.plan().disks:
        end = (disk.partitions[-1].last_sector + 1) * disk.sector_size
        assert end <= disk.size_bytes - ask.request.free_bytes
        assert limit is None or disk.id not in data or end <= limit + disk.sector_size
