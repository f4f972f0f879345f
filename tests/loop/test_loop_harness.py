"""The loop harness keeps its word: sizes, sectors, partitions, checksums, nothing left behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from bedplate.run import run
from bedplate.units import GIB, MIB
from tests.loop.conftest import AttachDisk
from tests.support.loop import LoopDisk, loop_disk, loop_disks

TABLE = "label: gpt\nsize=16MiB, name=one\nname=two\n"


def partition(disk: LoopDisk) -> None:
    run(["sfdisk", "--quiet", "--no-tell-kernel", "--no-reread", disk.path], stdin=TABLE)


@pytest.mark.parametrize("sector_size", [512, 4096])
def test_a_disk_has_the_size_and_sectors_asked_for(
    attach_disk: AttachDisk, sector_size: int
) -> None:
    disk = attach_disk(size_bytes=3 * GIB, sector_size=sector_size)
    queue = Path("/sys/block", Path(disk.path).name)
    assert int((queue / "size").read_text()) * 512 == 3 * GIB
    assert int((queue / "queue/logical_block_size").read_text()) == sector_size


@pytest.mark.parametrize("sector_size", [512, 4096])
def test_partitions_appear_when_the_kernel_is_told(
    attach_disk: AttachDisk, sector_size: int
) -> None:
    disk = attach_disk(sector_size=sector_size)
    partition(disk)
    assert disk.tell_kernel() == (f"{disk.path}p1", f"{disk.path}p2")
    assert all(Path(node).is_block_device() for node in disk.partitions())


def test_nothing_is_left_behind_when_a_test_fails(tmp_path: Path) -> None:
    image = tmp_path / "disk.img"
    seen: list[LoopDisk] = []

    def fail_with_a_disk_in_hand() -> None:
        with loop_disk(image, size_bytes=GIB) as disk:
            seen.append(disk)
            partition(disk)
            disk.tell_kernel()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_with_a_disk_in_hand()
    assert seen[0].partitions() == ()
    assert not image.exists()
    assert run(["losetup", "--noheadings", "--output", "NAME", "--associated", image]).stdout == ""


def test_more_disks_than_a_kernel_makes_on_its_own(tmp_path: Path) -> None:
    with loop_disks(tmp_path, 12, size_bytes=64 * MIB) as disks:
        assert len({disk.path for disk in disks}) == 12
        assert all(Path(disk.path).is_block_device() for disk in disks)


def test_a_checksum_notices_one_bit_and_nothing_else(attach_disk: AttachDisk) -> None:
    disk = attach_disk(size_bytes=5 * GIB)
    blank = disk.checksum()
    write(disk, offset=4 * GIB + 12345, data=b"\x01")
    changed = disk.checksum()
    write(disk, offset=4 * GIB + 12345, data=b"\x00")
    assert changed != blank
    assert disk.checksum() == blank


def test_a_checksum_knows_where_the_data_is(attach_disk: AttachDisk) -> None:
    here, there = attach_disk(), attach_disk()
    write(here, offset=0, data=b"x")
    write(there, offset=1 * MIB, data=b"x")
    assert here.checksum() != there.checksum()


def write(disk: LoopDisk, *, offset: int, data: bytes) -> None:
    with Path(disk.path).open("r+b") as device:
        device.seek(offset)
        device.write(data)
