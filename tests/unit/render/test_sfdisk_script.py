"""A disk's table as an sfdisk script."""

from __future__ import annotations

from bedplate.model.plan import DiskPlan, PartitionPlan, Role
from bedplate.render.sfdisk import render_sfdisk


def part(number: int, role: Role, first: int, last: int) -> PartitionPlan:
    return PartitionPlan(
        number=number,
        role=role,
        type_guid=f"type-{number}",
        guid=f"guid-{number}",
        first_sector=first,
        last_sector=last,
        size_bytes=(last - first + 1) * 512,
    )


def test_script() -> None:
    disk = DiskPlan(
        id="ata-DISK",
        path="/dev/sda",
        size_bytes=200 << 30,
        sector_size=512,
        guid="disk-guid",
        partitions=(part(1, Role.BIOS_BOOT, 34, 2047), part(2, Role.ESP, 2048, 2099199)),
    )
    assert render_sfdisk(disk) == (
        "label: gpt\n"
        "label-id: disk-guid\n"
        "unit: sectors\n"
        "sector-size: 512\n"
        "first-lba: 34\n"
        "table-length: 128\n"
        "\n"
        "1 : start=34, size=2014, type=type-1, uuid=guid-1, name=bios-boot\n"
        "2 : start=2048, size=2097152, type=type-2, uuid=guid-2, name=esp\n"
    )


def test_a_4kn_table_begins_with_partition_2() -> None:
    disk = DiskPlan(
        id="ata-DISK",
        path="/dev/sda",
        size_bytes=200 << 30,
        sector_size=4096,
        guid="disk-guid",
        partitions=(part(2, Role.ESP, 256, 262399),),
    )
    assert render_sfdisk(disk).splitlines()[3:] == [
        "sector-size: 4096",
        "first-lba: 6",
        "table-length: 128",
        "",
        "2 : start=256, size=262144, type=type-2, uuid=guid-2, name=esp",
    ]
