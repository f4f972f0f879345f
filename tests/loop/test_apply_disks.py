"""Real tables on loop devices: written by apply, read back by programs that know nothing of it."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import pytest

from bedplate.apply.claims import Claims
from bedplate.apply.devices import partition_path, wait_for_partitions
from bedplate.apply.disks import check_table, clear_disk, format_esp, label_esp
from bedplate.errors import ApplyError
from bedplate.facts import probe_disk_facts
from bedplate.model.facts import DiskFact
from bedplate.model.plan import DiskPlan, PartitionPlan, Role
from bedplate.run import run
from bedplate.units import GIB, MIB
from tests.support.loop import LoopDisk, loop_disk, write_tables
from tests.support.plans import disk_plan

SIZE = 3 * GIB
SECTORS = pytest.mark.parametrize("sector_size", [512, 4096])


def planned(disk: LoopDisk) -> DiskPlan:
    return disk_plan(disk.path, size_bytes=disk.size_bytes, sector_size=disk.sector_size)


def fact(disk: LoopDisk) -> DiskFact:
    (found,) = probe_disk_facts(run, {disk.path}, include_loop=True)
    return found


def clear(found: DiskFact) -> None:
    with Claims((found.id,)) as claims:
        clear_disk(run, found, claims)


def sfdisk_says(disk: LoopDisk) -> dict[str, Any]:
    table: dict[str, Any] = json.loads(run(["sfdisk", "--json", disk.path]).stdout)
    return table["partitiontable"]  # type: ignore[no-any-return]


def spans_in_kernel(disk: LoopDisk) -> dict[int, tuple[int, int]]:
    """Start and size, in units of 512 bytes, of the partitions that the kernel shows."""
    folders = [
        file.parent for file in Path("/sys/class/block", Path(disk.path).name).glob("*/partition")
    ]
    values = [
        [int((folder / name).read_text()) for name in ("partition", "start", "size")]
        for folder in folders
    ]
    return {number: (start, size) for number, start, size in values}


def spans_in_plan(plan: DiskPlan) -> dict[int, tuple[int, int]]:
    unit = plan.sector_size // 512
    return {
        part.number: (part.first_sector * unit, part.size_bytes // 512) for part in plan.partitions
    }


def moved(part: PartitionPlan, number: int, *, by: int) -> PartitionPlan:
    """A partition of another number, that begins so many MiB later and is as much smaller."""
    sectors = part.last_sector - part.first_sector + 1
    later = by * MIB * sectors // part.size_bytes
    first, size_bytes = part.first_sector + later, part.size_bytes - by * MIB
    update = {"number": number, "first_sector": first, "size_bytes": size_bytes}
    return part.model_copy(update=update)


@SECTORS
def test_a_table_reads_back_as_planned(tmp_path: Path, sector_size: int) -> None:
    with loop_disk(tmp_path / "disk", size_bytes=SIZE, sector_size=sector_size) as disk:
        plan = planned(disk)
        write_tables(plan)
        table = sfdisk_says(disk)
        found = {
            (p["start"], p["start"] + p["size"] - 1, p["type"].lower(), p["uuid"].lower())
            for p in table["partitions"]
        }
        assert found == {
            (p.first_sector, p.last_sector, p.type_guid, p.guid) for p in plan.partitions
        }
        assert (table["id"].lower(), table["sectorsize"]) == (plan.guid, sector_size)
        assert "No problems found" in run(["sgdisk", "--verify", disk.path]).stdout
        assert [Path(n).exists() for n in disk.partitions()] == [True] * len(plan.partitions)


@SECTORS
def test_a_table_that_somebody_changed_is_noticed(tmp_path: Path, sector_size: int) -> None:
    with loop_disk(tmp_path / "disk", size_bytes=SIZE, sector_size=sector_size) as disk:
        plan = planned(disk)
        write_tables(plan)
        check_table(plan)
        run(["sfdisk", "--quiet", "--no-reread", "--delete", disk.path, "3"])
        with pytest.raises(ApplyError, match="planned were"):
            check_table(plan)
        run(["wipefs", "--quiet", "--all", disk.path])
        with pytest.raises(ApplyError, match="cannot be read"):
            check_table(plan)


@SECTORS
def test_an_esp_gets_its_volume_id(tmp_path: Path, sector_size: int) -> None:
    with loop_disk(tmp_path / "disk", size_bytes=SIZE, sector_size=sector_size) as disk:
        plan = planned(disk)
        write_tables(plan)
        esp = plan.by_role(Role.ESP)
        assert esp is not None
        format_esp(run, plan, esp, "ABCD-1234")
        said = run(["blkid", "-p", "-o", "export", partition_path(plan, esp)]).stdout.splitlines()
        assert {"TYPE=vfat", "VERSION=FAT32", "UUID=ABCD-1234"} <= set(said)


def test_an_esp_is_labelled_though_the_copies_of_its_table_differ(tmp_path: Path) -> None:
    with loop_disk(tmp_path / "disk", size_bytes=SIZE, sector_size=512) as disk:
        plan = planned(disk)
        write_tables(plan)
        esp = plan.by_role(Role.ESP)
        assert esp is not None
        format_esp(run, plan, esp, "ABCD-1234")
        node = partition_path(plan, esp)
        with node.open("r+b") as file:
            boot_sector = file.read(512)
            (reserved,) = struct.unpack_from("<H", boot_sector, 14)
            (sectors_each,) = struct.unpack_from("<I", boot_sector, 36)
            file.seek((reserved + sectors_each) * 512 + 400)
            file.write(b"\xff\xff\xff\x0f")  # a cluster in use, says the second copy
        label_esp(run, plan, esp, "BP-ABCDEFGH")
        assert run(["fatlabel", node]).stdout.strip() == "BP-ABCDEFGH"


def test_a_second_table_over_a_used_disk_shows_nothing_of_the_first(tmp_path: Path) -> None:
    with loop_disk(tmp_path / "disk", size_bytes=SIZE) as disk:
        plan = planned(disk)
        write_tables(plan)
        data = plan.by_role(Role.DATA)
        assert data is not None
        run(["mkfs.ext4", "-q", "-F", partition_path(plan, data)])
        assert [s.kind for p in fact(disk).partitions for s in p.signatures] == ["ext4"]
        clear(fact(disk))
        write_tables(plan)
        assert [s.kind for p in fact(disk).partitions for s in p.signatures] == []


@SECTORS
def test_old_partitions_make_way_whatever_their_numbers_and_places(
    tmp_path: Path, sector_size: int
) -> None:
    with loop_disk(tmp_path / "disk", size_bytes=SIZE, sector_size=sector_size) as disk:
        plan = planned(disk)
        *_, esp, data = plan.partitions
        same_number = (esp, moved(data, data.number, by=8))
        with_holes = (moved(esp, 1, by=8), moved(data, 7, by=0))
        swapped = (moved(esp, data.number, by=0), moved(data, esp.number, by=0))
        for partitions in (same_number, plan.partitions, with_holes, plan.partitions, swapped):
            wanted = plan.model_copy(update={"partitions": partitions})
            wait_for_partitions((wanted,), run)
            assert spans_in_kernel(disk) == spans_in_plan(wanted)


def test_a_partition_in_use_is_not_taken_away(tmp_path: Path) -> None:
    with loop_disk(tmp_path / "disk", size_bytes=SIZE) as disk:
        plan = planned(disk)
        write_tables(plan)
        *others, data = plan.partitions
        run(["mkfs.ext4", "-q", "-F", partition_path(plan, data)])
        at = tmp_path / "mounted"
        at.mkdir()
        run(["mount", "-o", "ro", partition_path(plan, data), at])
        other = (*others, moved(data, data.number, by=8))
        try:
            with pytest.raises(ApplyError, match="does not take its new partitions"):
                wait_for_partitions((plan.model_copy(update={"partitions": other}),), run)
            assert spans_in_kernel(disk)[data.number] == spans_in_plan(plan)[data.number]
        finally:
            run(["umount", at])
        wait_for_partitions((plan,), run)
        assert spans_in_kernel(disk) == spans_in_plan(plan)


@SECTORS
def test_both_ends_of_a_cleared_disk_and_its_partitions_are_zero(
    tmp_path: Path, sector_size: int
) -> None:
    with loop_disk(tmp_path / "disk", size_bytes=SIZE, sector_size=sector_size) as disk:
        plan = planned(disk)
        write_tables(plan)
        found = fact(disk)
        spans = [(0, SIZE)]
        spans += [(p.first_sector * sector_size, p.size_bytes) for p in plan.partitions]
        edges = {o for start, size in spans for o in (start, start + size - min(MIB, size))}
        with open(disk.path, "r+b", buffering=0) as device:  # noqa: PTH123 - a device node
            for offset in edges:
                device.seek(offset)
                device.write(b"x" * 512)
        clear(found)
        with open(disk.path, "rb") as device:  # noqa: PTH123 - a device node
            for offset in edges:
                device.seek(offset)
                assert device.read(512) == bytes(512)


def test_a_disk_that_is_in_use_is_left_bit_for_bit_alone(tmp_path: Path) -> None:
    with loop_disk(tmp_path / "disk", size_bytes=64 * MIB) as disk:
        run(["mkfs.ext4", "-q", "-F", disk.path])
        found = fact(disk)
        at = tmp_path / "mounted"
        at.mkdir()
        run(["mount", "-o", "ro,noload", disk.path, at])
        try:
            before = disk.checksum()
            with pytest.raises(ApplyError, match="is in use"):
                clear(found)
            assert disk.checksum() == before
        finally:
            run(["umount", at])
