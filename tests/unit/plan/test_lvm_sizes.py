"""LVM sizes: the measured vectors, the knobs of the answer file, and that all of it always fits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedplate.model.layout import LvmLayout
from bedplate.model.plan import LvmStorage, Role
from bedplate.model.request import LvmOptions
from bedplate.plan.ids import Ids
from bedplate.plan.lvm import EXTENT_BYTES, plan_volume_group
from bedplate.plan.partitions import Use, os_size_bytes, plan_disk
from bedplate.units import GIB, KIB, MIB, align_down
from tests.unit.plan.builders import LVM, disk

IDS = Ids(b"lvm")
LAYOUT = LvmLayout(kind="lvm", vg="pve", filesystem="ext4")
Sizes = tuple[int | None, int | None, int | None, int | None]


def plan(
    disk_bytes: int, memory_bytes: int = 16 * GIB, options: LvmOptions | None = None
) -> LvmStorage:
    options = options or LvmOptions()
    os_size = os_size_bytes(disk_bytes, options.hdsize_bytes)
    return plan_volume_group(LAYOUT, ("pv",), os_size, memory_bytes, options, IDS)


def kib(storage: LvmStorage) -> Sizes:
    """Swap, root, data and its metadata in KiB."""
    volumes = {volume.name: volume for volume in storage.volumes}
    sizes = [
        volumes[n].size_bytes // KIB if n in volumes else None for n in ("swap", "root", "data")
    ]
    metadata = volumes["data"].metadata_size_bytes if "data" in volumes else None
    return (sizes[0], sizes[1], sizes[2], None if metadata is None else metadata // KIB)


@pytest.mark.parametrize(
    ("disk_gib", "expected"),
    [
        (8, (917504, 6938624, None, None)),
        (16, (1048576, 7598080, 5496832, 1048576)),
        (32, (4063232, 14479360, 12378112, 1048576)),
        (64, (8257536, 27160576, 20803584, 1048576)),
        (100, (8388608, 36564992, 44298240, 1048576)),
        (128, (8388608, 43773952, 62386176, 1048576)),
        (200, (8388608, 62648320, 118427648, 1208320)),
        (500, (8388608, 100663296, 389455872, 3973120)),
        (3726, (8388608, 100663296, 3746553856, 16777216)),
    ],
)
def test_vectors_with_16_gib_of_memory(disk_gib: int, expected: Sizes) -> None:
    assert kib(plan(disk_gib * GIB)) == expected


@pytest.mark.parametrize(
    ("disk_gib", "memory_mib", "swap_mib"),
    [
        (64, 512, 2048),  # 63 whole GiB are left of a 64 GiB disk: the floor of 4 GiB is not for it
        (66, 512, 4096),
        (34, 512, 2048),
        (20, 512, 512),
        (20, 256, 512),
        (20, 3000, 2432),
        (16, 1800, 1800),
        (16, 2048, 1024),
        (500, 3999, 4096),
        (500, 7001, 7000),
        (500, 65536, 8192),
        (3, 1024, 256),
    ],
)
def test_swap_follows_memory_and_disk(disk_gib: int, memory_mib: int, swap_mib: int) -> None:
    assert plan(disk_gib * GIB, memory_mib * MIB).volume("swap").size_bytes == swap_mib * MIB


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (LvmOptions(swapsize_bytes=0), (None, 64745472, 124596224, 1269760)),
        (LvmOptions(swapsize_bytes=GIB + KIB), (1052672, 64483328, 123822080, 1261568)),
        (LvmOptions(maxroot_bytes=20 * GIB), (8388608, 20971520, 159277056, 1622016)),
        (LvmOptions(maxvz_bytes=50 * GIB), (8388608, 62648320, 50327552, 1048576)),
        (LvmOptions(maxvz_bytes=0), (8388608, 62648320, None, None)),
        (LvmOptions(maxvz_bytes=4 * GIB), (8388608, 62648320, None, None)),
        (LvmOptions(minfree_bytes=0), (8388608, 62648320, 134868992, 1376256)),
        (LvmOptions(minfree_bytes=150 * GIB), (8388608, 62648320, 118427648, 1208320)),
        (LvmOptions(hdsize_bytes=64 * GIB), (8126464, 27062272, 20639744, 1048576)),
    ],
    ids=lambda value: ",".join(value.model_fields_set) if isinstance(value, LvmOptions) else "",
)
def test_knobs_on_a_disk_of_200_gib(options: LvmOptions, expected: Sizes) -> None:
    assert kib(plan(200 * GIB, options=options)) == expected


def test_volumes_say_what_is_on_them() -> None:
    volumes = plan(200 * GIB).volumes
    assert [(v.name, v.type, v.filesystem, v.uuid is None) for v in volumes] == [
        ("swap", "linear", "swap", False),
        ("root", "linear", "ext4", False),
        ("data", "thin-pool", None, True),
    ]


# A third of the disk at most, as swap above half of it is refused anyway.
_SHARE = st.none() | st.integers(min_value=0, max_value=33)


@given(
    disk_sectors=st.integers(min_value=2 * GIB // 512, max_value=20 * 1024 * GIB // 512),
    memory_mib=st.integers(min_value=256, max_value=1024 * 1024),
    swap=_SHARE,
    maxroot=_SHARE,
    maxvz=_SHARE,
    minfree=_SHARE,
    odd_kib=st.integers(min_value=0, max_value=5000),
)
def test_everything_fits_the_volume_group(
    disk_sectors: int,
    memory_mib: int,
    swap: int | None,
    maxroot: int | None,
    maxvz: int | None,
    minfree: int | None,
    odd_kib: int,
) -> None:
    size = disk_sectors * 512

    def share(percent: int | None) -> int | None:
        return None if percent is None else size * percent // 100 // KIB * KIB + odd_kib * KIB

    options = LvmOptions(
        swapsize_bytes=share(swap),
        maxroot_bytes=share(maxroot),
        maxvz_bytes=share(maxvz),
        minfree_bytes=share(minfree),
    )
    storage = plan(size, memory_mib * MIB, options)
    sizes = [volume.size_bytes for volume in storage.volumes]
    metadata = [volume.metadata_size_bytes or 0 for volume in storage.volumes]
    assert all(value % EXTENT_BYTES == 0 for value in (*sizes, *metadata))
    partition = plan_disk(disk("a", size), LVM.storage, Use(), IDS).by_role(Role.DATA)
    assert partition is not None
    # pvcreate --metadatasize 250k starts the extents at the first MiB; the spare doubles metadata.
    extents = align_down(partition.size_bytes - MIB, EXTENT_BYTES)
    assert sum(sizes) + 2 * sum(metadata) <= extents
