"""The pool of a ZFS layout: vdevs, properties, the ARC's limit."""

from __future__ import annotations

import pytest

from bedplate.model.layout import DatasetLayout, Raid, ZfsLayout
from bedplate.model.plan import Dataset, Vdev, ZfsStorage
from bedplate.model.request import ZfsOptions
from bedplate.plan.zfs import arc_max_bytes, mirror_pairs, plan_pool
from bedplate.units import GIB, MIB


def layout(raid: Raid) -> ZfsLayout:
    return ZfsLayout(
        kind="zfs",
        pool="rpool",
        raid=raid,
        root="ROOT/pve-1",
        properties={"atime": "on", "compression": "lz4"},
        datasets=(
            DatasetLayout(name="ROOT"),
            DatasetLayout(name="ROOT/pve-1", properties={"mountpoint": "none"}),
        ),
    )


@pytest.mark.parametrize(
    ("raid", "expected"),
    [
        (Raid.RAID0, ["stripe a", "stripe b", "stripe c", "stripe d"]),
        (Raid.RAID1, ["mirror a b c d"]),
        (Raid.RAID10, ["mirror a b", "mirror c d"]),
        (Raid.RAIDZ1, ["raidz1 a b c d"]),
        (Raid.RAIDZ2, ["raidz2 a b c d"]),
        (Raid.RAIDZ3, ["raidz3 a b c d"]),
    ],
)
def test_vdevs(raid: Raid, expected: list[str]) -> None:
    pool = plan_pool(layout(raid), tuple("abcd"), ZfsOptions())
    assert [" ".join((vdev.type, *vdev.members)) for vdev in pool.vdevs] == expected


def test_the_last_of_an_odd_number_is_in_no_pair() -> None:
    assert mirror_pairs(tuple("abcd")) == (("a", "b"), ("c", "d"))
    assert mirror_pairs(tuple("abc")) == (("a", "b"),)
    with pytest.raises(AssertionError, match="an odd number of disks is refused"):
        plan_pool(layout(Raid.RAID10), tuple("abc"), ZfsOptions())


def test_the_answer_overrides_the_layout_and_the_root_is_mounted_at_the_root() -> None:
    options = ZfsOptions(ashift=13, checksum="sha256", compress="zstd", copies=2)
    assert plan_pool(layout(Raid.RAID1), ("a", "b"), options) == ZfsStorage(
        pool="rpool",
        ashift=13,
        vdevs=(Vdev(type="mirror", members=("a", "b")),),
        root_dataset="rpool/ROOT/pve-1",
        properties={"atime": "on", "compression": "zstd", "checksum": "sha256", "copies": "2"},
        datasets=(
            Dataset(name="rpool/ROOT"),
            Dataset(name="rpool/ROOT/pve-1", properties={"mountpoint": "/"}),
        ),
    )


@pytest.mark.parametrize(
    ("memory_bytes", "wanted_mib", "expected_mib"),
    [
        (16 * GIB, None, 1638),
        (16 * GIB + 7 * MIB, None, 1639),
        (512 * MIB, None, 64),
        (1024 * GIB, None, 16384),
        (16 * GIB, 0, 0),
        (16 * GIB, 4096, 4096),
        (16 * GIB, 20000, 15360),
        (16 * GIB, 1, 64),
        (1 * GIB, 512, 64),
    ],
)
def test_arc_limit(memory_bytes: int, wanted_mib: int | None, expected_mib: int) -> None:
    assert arc_max_bytes(memory_bytes, wanted_mib) == expected_mib * MIB
