"""The GPT reader against tables that sfdisk wrote, whole and damaged."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from bedplate.facts.gpt import Gpt, GptEntry, probe_gpt
from tests.captures import captured_image

# What `sfdisk --json` printed for both images.
TABLE = Gpt(
    guid="01234567-89ab-4cde-8f01-23456789abcd",
    entries=(
        GptEntry(
            number=1,
            type_guid="21686148-6449-6e6f-744e-656564454649",
            guid="11111111-1111-4111-8111-111111111111",
            first_sector=64,
            last_sector=79,
            flags=(),
            name=None,
        ),
        GptEntry(
            number=2,
            type_guid="c12a7328-f81f-11d2-ba4b-00a0c93ec93b",
            guid="22222222-2222-4222-8222-222222222222",
            first_sector=96,
            last_sector=607,
            flags=("required", "legacy-boot", "bit-60"),
            name="Système EFI",
        ),
        GptEntry(
            number=5,
            type_guid="6a898cc3-1dd2-11b2-99a6-080020736631",
            guid="55555555-5555-4555-8555-555555555555",
            first_sector=640,
            last_sector=895,
            flags=(),
            name="zfs",
        ),
    ),
)
SECTOR_SIZES = (512, 4096)


def read(path: Path, image: bytes, sector_size: int) -> Gpt | None:
    path.write_bytes(image)
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return probe_gpt(descriptor, sector_size, len(image))
    finally:
        os.close(descriptor)


def image_of(sector_size: int) -> bytearray:
    return bytearray(captured_image(f"gpt-sfdisk-2.38.1-{sector_size}.img.gz"))


@pytest.mark.parametrize("sector_size", SECTOR_SIZES)
def test_reads_what_sfdisk_wrote(tmp_path: Path, sector_size: int) -> None:
    assert read(tmp_path / "disk", bytes(image_of(sector_size)), sector_size) == TABLE


@pytest.mark.parametrize("sector_size", SECTOR_SIZES)
@pytest.mark.parametrize(
    "sectors",
    [
        pytest.param((1,), id="primary-header"),
        pytest.param((2,), id="primary-entries"),
        pytest.param((-1,), id="backup-header"),
        pytest.param((-1, -2), id="backup"),
    ],
)
def test_one_good_copy_is_enough(
    tmp_path: Path, sector_size: int, sectors: tuple[int, ...]
) -> None:
    image = image_of(sector_size)
    for sector in sectors:
        damage(image, sector, sector_size)
    assert read(tmp_path / "disk", bytes(image), sector_size) == TABLE


def test_no_good_copy_is_no_table(tmp_path: Path) -> None:
    image = image_of(512)
    damage(image, 1, 512)
    damage(image, -1, 512)
    assert read(tmp_path / "disk", bytes(image), 512) is None


@pytest.mark.parametrize(
    ("written", "read_as"), [(512, 4096), (4096, 512)], ids=["512-as-4096", "4096-as-512"]
)
def test_a_table_for_another_sector_size_does_not_count(
    tmp_path: Path, written: int, read_as: int
) -> None:
    assert read(tmp_path / "disk", bytes(image_of(written)), read_as) is None


@pytest.mark.parametrize("size", [512, 1024, 65536])
def test_blank_and_tiny_disks_have_no_table(tmp_path: Path, size: int) -> None:
    assert read(tmp_path / "disk", bytes(size), 512) is None


def test_a_backup_that_is_not_in_the_last_sector_is_not_looked_for(tmp_path: Path) -> None:
    image = image_of(512)
    damage(image, 1, 512)
    assert read(tmp_path / "disk", bytes(image) + bytes(1024 * 1024), 512) is None


@pytest.mark.parametrize("sector_size", SECTOR_SIZES)
def test_where_the_backup_is_on_a_disk_that_has_grown(tmp_path: Path, sector_size: int) -> None:
    image = bytes(image_of(sector_size))
    last = len(image) // sector_size - 1
    found = read(tmp_path / "disk", image + bytes(1024 * 1024), sector_size)
    assert found == replace(TABLE, stale_backup_sector=last)


def test_a_backup_beyond_the_end_of_a_disk_that_has_shrunk_is_nowhere(tmp_path: Path) -> None:
    image = bytes(image_of(512))
    assert read(tmp_path / "disk", image[: len(image) // 2], 512) == TABLE


def damage(image: bytearray, sector: int, sector_size: int) -> None:
    """Flip a bit in a sector, counted from the end if negative."""
    start = sector * sector_size if sector >= 0 else len(image) + sector * sector_size
    image[start + 16] ^= 1
