"""Partition tables to the sector, and what holds for every one of them."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedplate.config.layouts import load_layout
from bedplate.model.gpt import first_usable_sector, last_usable_sector
from bedplate.model.plan import DiskPlan, Role
from bedplate.plan.ids import Ids
from bedplate.plan.partitions import (
    DATA_STEP_BYTES,
    SLACK_BYTES,
    Use,
    esp_size_bytes,
    os_size_bytes,
    plan_disk,
    plan_disks,
)
from bedplate.units import GIB, KIB, MIB
from tests.unit.plan.builders import LVM, MIRROR, disk

IDS = Ids(b"partitions")
BIOS_BOOT = (1, "bios-boot", 34, 2047)


def table(plan: DiskPlan) -> list[tuple[int, str, int, int]]:
    return [(p.number, p.role.value, p.first_sector, p.last_sector) for p in plan.partitions]


@pytest.mark.parametrize(
    ("gib", "sector_size", "hdsize_gib", "expected"),
    [
        (200, 512, None, [BIOS_BOOT, (2, "esp", 2048, 2099199), (3, "data", 2099200, 419430366)]),
        (200, 512, 40, [BIOS_BOOT, (2, "esp", 2048, 2099199), (3, "data", 2099200, 83886080)]),
        (200, 4096, None, [(2, "esp", 256, 262399), (3, "data", 262400, 52428794)]),
        (100, 512, None, [BIOS_BOOT, (2, "esp", 2048, 1050623), (3, "data", 1050624, 209715166)]),
        (8, 512, 8, [BIOS_BOOT, (2, "esp", 2048, 1050623), (3, "data", 1050624, 16777182)]),
    ],
    ids=["200G", "200G-hdsize-40", "200G-4kn", "100G", "hdsize-is-the-disk"],
)
def test_tables_of_the_original(
    gib: int, sector_size: int, hdsize_gib: int | None, expected: list[tuple[int, str, int, int]]
) -> None:
    hdsize = None if hdsize_gib is None else hdsize_gib * GIB
    plan = plan_disk(
        disk("a", gib * GIB, sector_size=sector_size), MIRROR.storage, Use(hdsize_bytes=hdsize), IDS
    )
    assert table(plan) == expected


SPECIAL = Use(main=Role.SPECIAL, behind={Role.LOG: 16 * GIB, Role.CACHE: GIB + 1, Role.SWAP: GIB})
SWAP = {Role.SWAP: 8 * GIB}


@pytest.mark.parametrize(
    ("use", "sector_size", "expected"),
    [
        pytest.param(
            Use(behind=SWAP),
            512,
            [(3, "data", 2099200, 402651135), (4, "swap", 402651136, 419428351)],
            id="swap up to the last whole MiB",
        ),
        pytest.param(
            Use(behind=SWAP, hdsize_bytes=40 * GIB),
            512,
            [(3, "data", 2099200, 67108863), (4, "swap", 67108864, 83886079)],
            id="swap within hdsize",
        ),
        pytest.param(
            Use(behind=SWAP, free_bytes=40 * GIB + 1),
            4096,
            [(3, "data", 262400, 39845631), (4, "swap", 39845632, 41942783)],
            id="swap before what stays free",
        ),
        pytest.param(
            Use(free_bytes=40 * GIB), 512, [(3, "data", 2099200, 335544319)], id="nothing but free"
        ),
        pytest.param(
            Use(hdsize_bytes=100 * GIB, free_bytes=40 * GIB),
            512,
            [(3, "data", 2099200, 209715200)],
            id="hdsize ends it before",
        ),
        pytest.param(
            SPECIAL,
            512,
            [
                (3, "special", 2099200, 381677567),
                (4, "log", 381677568, 415231999),
                (5, "cache", 415232000, 417331199),
                (6, "swap", 417331200, 419428351),
            ],
            id="a special device's disk",
        ),
    ],
)
def test_what_is_behind_the_data(
    use: Use, sector_size: int, expected: list[tuple[int, str, int, int]]
) -> None:
    plan = plan_disk(disk("a", 200 * GIB, sector_size=sector_size), MIRROR.storage, use, IDS)
    assert table(plan)[-len(expected) :] == expected
    assert {part.type_guid for part in plan.partitions if part.role is Role.SWAP} <= {
        "0657fd6d-a4ab-43c4-84e5-0933c84b4f4f"
    }


def test_with_slack_swap_follows_the_data_and_the_room_is_at_the_end() -> None:
    disks = (disk("a", 200 * GIB), disk("b", 199 * GIB))
    use = Use(behind=SWAP, free_bytes=GIB, slack=True)
    tables = [table(plan) for plan in plan_disks(disks, MIRROR.storage, use, IDS)]
    data, swap = tables[0][-2:]
    assert tables[0] == tables[1]
    assert (data[2], swap[2], swap[3] - swap[2] + 1) == (2099200, data[3] + 1, 8 * GIB // 512)
    assert 199 * GIB - (swap[3] + 1) * 512 >= GIB + SLACK_BYTES


@pytest.mark.parametrize(
    ("layout", "gib", "data_mib"),
    [
        pytest.param("zfs-mirror", (200, 200), (203520, 203520), id="alike"),
        pytest.param("zfs-mirror", (200, 199, 201), (202496, 202496, 202496), id="the smallest"),
        pytest.param("zfs-raidz1", (16, 16, 16), (15616, 15616, 15616), id="small disks"),
        pytest.param("zfs-raid10", (200, 199, 8, 8), (202496, 202496, 7424, 7424), id="pairs"),
        pytest.param("zfs-mirror", (100, 101), (101632, 101632), id="ESPs of two sizes"),
    ],
)
def test_data_of_a_redundant_layout_leaves_room_for_a_smaller_replacement(
    layout: str, gib: tuple[int, ...], data_mib: tuple[int, ...]
) -> None:
    disks = tuple(disk(f"{n}", size * GIB) for n, size in enumerate(gib))
    plans = plan_disks(disks, load_layout(layout).storage, Use(slack=True), IDS)
    data = [plan.by_role(Role.DATA) for plan in plans]
    assert tuple(part.size_bytes // MIB for part in data if part) == data_mib
    assert all(part and part.size_bytes % DATA_STEP_BYTES == 0 for part in data)
    assert all(
        part and last_usable_sector(d.size_bytes, 512) - part.last_sector >= SLACK_BYTES // 512
        for part, d in zip(data, disks, strict=True)
    )


@pytest.mark.parametrize(
    ("layout", "hdsize", "slack"),
    [
        pytest.param("zfs-mirror", None, False, id="not wanted"),
        pytest.param("zfs-mirror", 40 * GIB, True, id="a size is given"),
        pytest.param("zfs-stripe", None, True, id="no redundancy"),
        pytest.param("lvm-thin", None, True, id="one disk"),
    ],
)
def test_other_data_is_as_large_as_the_originals(
    layout: str, hdsize: int | None, slack: bool
) -> None:
    disks = (disk("a", 200 * GIB), disk("b", 199 * GIB))
    storage = load_layout(layout).storage
    assert plan_disks(disks, storage, Use(hdsize_bytes=hdsize, slack=slack), IDS) == tuple(
        plan_disk(d, storage, Use(hdsize_bytes=hdsize), IDS) for d in disks
    )


def test_type_guids_are_by_role_and_storage() -> None:
    bios_boot, esp = "21686148-6449-6e6f-744e-656564454649", "c12a7328-f81f-11d2-ba4b-00a0c93ec93b"
    lvm, zfs = "e6d6d379-f507-44c2-a23c-238f2a3df928", "6a898cc3-1dd2-11b2-99a6-080020736631"
    types = [
        [part.type_guid for part in plan_disk(disk("a"), layout.storage, Use(), IDS).partitions]
        for layout in (LVM, MIRROR)
    ]
    assert types == [[bios_boot, esp, lvm], [bios_boot, esp, zfs]]


@pytest.mark.parametrize(
    ("size_bytes", "esp_mib"),
    [
        (2 * GIB, 512),
        (100 * GIB, 512),
        (100 * GIB + 512, 1024),
        (8 * 1024 * GIB, 1024),
    ],
)
def test_esp_is_larger_above_100_gib(size_bytes: int, esp_mib: int) -> None:
    assert esp_size_bytes(size_bytes) == esp_mib * MIB


@pytest.mark.parametrize(
    ("gib", "hdsize_gib", "os_kib"),
    [(100, None, 104332288), (200, None, 208665600), (200, 40, 40 * 1048576 - 1025 * 1024)],
)
def test_os_size_starts_after_an_esp_that_the_whole_disk_decides(
    gib: int, hdsize_gib: int | None, os_kib: int
) -> None:
    hdsize = None if hdsize_gib is None else hdsize_gib * GIB
    assert os_size_bytes(gib * GIB, hdsize) == os_kib * KIB


@given(
    sectors=st.integers(min_value=2 * GIB // 4096, max_value=32 * 1024 * GIB // 4096),
    sector_size=st.sampled_from([512, 4096]),
    hdsize_percent=st.none() | st.integers(min_value=60, max_value=100),
)
def test_every_table_is_sound(sectors: int, sector_size: int, hdsize_percent: int | None) -> None:
    size = sectors * 4096
    hdsize = None if hdsize_percent is None else size * hdsize_percent // 100
    plan = plan_disk(
        disk("a", size, sector_size=sector_size), MIRROR.storage, Use(hdsize_bytes=hdsize), IDS
    )
    parts = plan.partitions
    assert all(part.first_sector <= part.last_sector for part in parts)
    assert all(one.last_sector < other.first_sector for one, other in pairwise(parts))
    assert parts[0].first_sector >= first_usable_sector(sector_size)
    assert parts[-1].last_sector <= last_usable_sector(size, sector_size)
    assert all(
        part.first_sector * sector_size % MIB == 0
        for part in parts
        if part.role is not Role.BIOS_BOOT
    )
    assert all(
        part.size_bytes == (part.last_sector - part.first_sector + 1) * sector_size
        for part in parts
    )
    assert (plan.by_role(Role.BIOS_BOOT) is None) is (sector_size == 4096)
    guids = [plan.guid, *(part.guid for part in parts)]
    assert len(set(guids)) == len(guids)
