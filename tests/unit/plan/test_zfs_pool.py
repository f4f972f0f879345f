"""The pool of a ZFS layout: vdevs, properties, the ARC's limit."""

from __future__ import annotations

import pytest

from bedplate.model.layout import DatasetLayout, Raid, ZfsLayout
from bedplate.model.plan import Dataset, Role, Vdev, ZfsStorage
from bedplate.model.request import (
    DiskSelection,
    EncryptionOptions,
    SpecialOptions,
    ZfsOptions,
)
from bedplate.model.secret import Secret
from bedplate.plan.zfs import arc_max_bytes, encrypts_root, mirror_pairs, plan_pool
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
    pool = plan_pool(layout(raid), {Role.DATA: tuple("abcd")}, ZfsOptions())
    assert [" ".join((vdev.type, *vdev.members)) for vdev in pool.vdevs] == expected


def test_the_last_of_an_odd_number_is_in_no_pair() -> None:
    assert mirror_pairs(tuple("abcd")) == (("a", "b"), ("c", "d"))
    assert mirror_pairs(tuple("abc")) == (("a", "b"),)
    with pytest.raises(AssertionError, match="an odd number of disks is refused"):
        plan_pool(layout(Raid.RAID10), {Role.DATA: tuple("abc")}, ZfsOptions())


def test_the_answer_overrides_the_layout_and_the_root_is_mounted_at_the_root() -> None:
    options = ZfsOptions(ashift=13, checksum="sha256", compress="zstd", copies=2)
    assert plan_pool(layout(Raid.RAID1), {Role.DATA: ("a", "b")}, options) == ZfsStorage(
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


def with_datasets(*names: str) -> ZfsLayout:
    datasets = tuple(DatasetLayout(name=name, properties={"atime": "on"}) for name in names)
    return layout(Raid.RAID1).model_copy(update={"datasets": datasets})


def test_a_special_device_and_what_shares_its_disks() -> None:
    members = {
        Role.DATA: ("a", "b", "c"),
        Role.SPECIAL: ("d", "e"),
        Role.LOG: ("f", "g"),
        Role.CACHE: ("h", "i"),
        Role.SWAP: ("j", "k"),
    }
    special = SpecialOptions(disks=DiskSelection(), small_blocks="8K")
    pool = plan_pool(layout(Raid.RAID1), members, ZfsOptions(), special)
    assert [" ".join((vdev.title, *vdev.members)) for vdev in pool.vdevs] == [
        "mirror a b c",
        "special mirror d e",
        "log mirror f g",
        "cache h i",
    ]
    assert pool.properties["special_small_blocks"] == "8K"


def test_datasets_get_the_answers_properties_and_the_root_comes_first() -> None:
    options = ZfsOptions(
        datasets={"data/vms": {"recordsize": "1M", "atime": "off"}, "ROOT/pve-1": {"copies": "2"}},
        encryption=EncryptionOptions(dataset="data/vms"),
    )
    names = ("data", "data/vms", "ROOTS", "ROOT/pve-1", "ROOT")
    pool = plan_pool(with_datasets(*names), {Role.DATA: ("a", "b")}, options)
    assert pool.datasets == (
        Dataset(name="rpool/ROOT", properties={"atime": "on"}),
        Dataset(
            name="rpool/ROOT/pve-1", properties={"atime": "on", "copies": "2", "mountpoint": "/"}
        ),
        Dataset(name="rpool/data", properties={"atime": "on"}),
        Dataset(
            name="rpool/data/vms",
            properties={
                "atime": "off",
                "recordsize": "1M",
                "encryption": "aes-256-gcm",
                "keyformat": "raw",
                "keylocation": "file:///etc/zfs/keys/rpool-data-vms.key",
            },
        ),
        Dataset(name="rpool/ROOTS", properties={"atime": "on"}),
    )
    assert not encrypts_root(pool)


@pytest.mark.parametrize(
    ("dataset", "encrypted"), [("ROOT", True), ("ROOT/pve-1", True), ("data", False)]
)
def test_whether_the_root_is_encrypted(dataset: str, encrypted: bool) -> None:
    key = EncryptionOptions(dataset=dataset, passphrase=Secret("a horse that is correct"))
    names = ("ROOT", "ROOT/pve-1", "data")
    members = {Role.DATA: ("a", "b")}
    pool = plan_pool(with_datasets(*names), members, ZfsOptions(encryption=key))
    assert encrypts_root(pool) is encrypted
    assert [one.name for one in pool.datasets if one.has_passphrase] == [f"rpool/{dataset}"]


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
