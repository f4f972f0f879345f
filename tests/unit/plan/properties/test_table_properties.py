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
def test_esp_and_data_start_at_a_whole_mib(ask: Ask) -> None:
    for disk in ask.plan().disks:
        for role in (Role.ESP, Role.DATA):
            part = disk.by_role(role)
            assert part is not None
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
        roles = {part.number: part.role for part in disk.partitions}
        bootable = {1: Role.BIOS_BOOT} if disk.sector_size == 512 else {}
        assert roles == bootable | {2: Role.ESP, 3: Role.DATA}


@often
@given(asks())
def test_no_disk_is_used_by_more_than_a_sector_beyond_hdsize(ask: Ask) -> None:
    limit = ask.hdsize_bytes()
    for disk in ask.plan().disks:
        end = (disk.partitions[-1].last_sector + 1) * disk.sector_size
        assert end <= (disk.size_bytes if limit is None else limit + disk.sector_size)
