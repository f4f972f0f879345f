"""Boot sectors of FAT file systems, as mkfs.fat 4.2 makes them."""

from __future__ import annotations

import pytest

from bedplate.model.fat import FatHeader, parse_fat_header
from tests.captures import captured_image

FAT32 = captured_image("fat32-mkfs-4.2.img.gz")
FAT16 = captured_image("fat16-mkfs-4.2.img.gz")


def changed(sector: bytes, place: int, value: int) -> bytes:
    return sector[:place] + bytes([value]) + sector[place + 1 :]


def test_fat32() -> None:
    assert parse_fat_header(FAT32) == FatHeader("1A2B-3C4D", "BP-ABCDE234", 4096, unclean=False)


def test_fat16() -> None:
    assert parse_fat_header(FAT16) == FatHeader("0011-2233", None, 2048, unclean=False)


@pytest.mark.parametrize(("sector", "place"), [(FAT32, 0x41), (FAT16, 0x25)])
def test_the_dirty_bit_is_where_linux_keeps_it(sector: bytes, place: int) -> None:
    header = parse_fat_header(changed(sector, place, 1))
    assert header is not None
    assert header.unclean


NO_FAT = {
    "nothing": b"",
    "zeros": bytes(512),
    "cut off": FAT32[:100],
    "without its end": changed(FAT32, 510, 0),
    "of no sector size": changed(FAT32, 11, 1),
    "of no cluster size": changed(FAT32, 13, 3),
    "of clusters without sectors": changed(FAT32, 13, 0),
    "of an old kind without an id": changed(FAT32, 0x42, 0),
}


@pytest.mark.parametrize("sector", NO_FAT.values(), ids=NO_FAT)
def test_what_is_no_fat(sector: bytes) -> None:
    assert parse_fat_header(sector) is None
