"""What holds of every pool and every volume group that is planned."""

from __future__ import annotations

from hypothesis import given

from bedplate.model.layout import BTRFS_REDUNDANT, BtrfsLayout, LvmLayout, Raid, ZfsLayout
from bedplate.model.plan import BtrfsStorage, LvmStorage, Plan, Role, ZfsStorage
from bedplate.plan.lvm import EXTENT_BYTES
from bedplate.units import MIB
from tests.unit.plan.properties.asks import Ask, asks, often

_POOLED = (Role.DATA, Role.SPECIAL, Role.LOG, Role.CACHE)


def guids_of(plan: Plan, role: Role = Role.DATA) -> tuple[str, ...]:
    """The partitions of a role, in the order of the disks."""
    parts = (disk.by_role(role) for disk in plan.disks)
    return tuple(part.guid for part in parts if part is not None)


def pool_of(plan: Plan) -> ZfsStorage:
    assert isinstance(plan.storage, ZfsStorage)
    return plan.storage


def volume_group_of(plan: Plan) -> LvmStorage:
    assert isinstance(plan.storage, LvmStorage)
    return plan.storage


@often
@given(asks(ZfsLayout))
def test_each_partition_of_the_pool_is_in_a_vdev_of_its_role_in_the_order_of_the_disks(
    ask: Ask,
) -> None:
    plan = ask.plan()
    for role in _POOLED:
        vdevs = [vdev for vdev in pool_of(plan).vdevs if vdev.role is role]
        assert tuple(guid for vdev in vdevs for guid in vdev.members) == guids_of(plan, role)


@often
@given(asks(ZfsLayout))
def test_swap_and_the_parts_of_fast_disks_are_as_large_as_was_asked(ask: Ask) -> None:
    special = ask.request.special
    wanted = {Role.SWAP: ask.request.zfs.swapsize_bytes}
    if special is not None:
        wanted |= {Role.LOG: special.logsize_bytes, Role.CACHE: special.cachesize_bytes}
    for disk in ask.plan().disks:
        is_fast = disk.id in {fact.id for fact in ask.groups()[-1]}
        for role, size in wanted.items():
            part = disk.by_role(role)
            assert (part is not None) == (size > 0 and is_fast)
            assert part is None or 0 <= part.size_bytes - size < MIB


@often
@given(asks(ZfsLayout))
def test_vdevs_are_of_the_kind_and_size_that_the_level_wants(ask: Ask) -> None:
    assert isinstance(ask.layout.storage, ZfsLayout)
    count = len(ask.chosen)
    expected = {
        Raid.RAID0: [("stripe", 1)] * count,
        Raid.RAID1: [("mirror", count)],
        Raid.RAID10: [("mirror", 2)] * (count // 2),
        Raid.RAIDZ1: [("raidz1", count)],
        Raid.RAIDZ2: [("raidz2", count)],
        Raid.RAIDZ3: [("raidz3", count)],
    }[ask.layout.storage.raid]
    special = ask.request.special
    if special is not None:
        data, fast = map(len, ask.groups())
        parts = (1, special.logsize_bytes, special.cachesize_bytes)
        kinds = [("special mirror", fast), ("log mirror", fast), ("cache", fast)]
        expected = [
            ("mirror", data),
            *(kind for kind, size in zip(kinds, parts, strict=True) if size),
        ]
    vdevs = pool_of(ask.plan()).vdevs
    assert [(vdev.title, len(vdev.members)) for vdev in vdevs] == expected


@often
@given(asks(ZfsLayout).map(lambda ask: ask.asking(slack=True)))
def test_with_slack_members_are_equal_and_a_smaller_disk_fits(ask: Ask) -> None:
    if ask.hdsize_bytes() is not None:  # the size is the operator's then, to the sector
        ask = ask.asking(zfs=ask.request.zfs.model_copy(update={"hdsize_bytes": None}))
    plan = ask.plan()
    for vdev in pool_of(plan).vdevs:
        if vdev.type == "stripe":
            continue
        places = [plan.partition(guid) for guid in vdev.members]
        assert len({part.size_bytes for _disk, part in places}) == 1
        for disk, _part in places:
            left = disk.size_bytes - (disk.partitions[-1].last_sector + 1) * disk.sector_size
            assert left >= 128 * MIB + ask.request.free_bytes


@often
@given(asks(ZfsLayout))
def test_every_dataset_is_below_its_pool_and_one_is_the_root(ask: Ask) -> None:
    pool = pool_of(ask.plan())
    assert all(dataset.name.startswith(f"{pool.pool}/") for dataset in pool.datasets)
    roots = [one.name for one in pool.datasets if one.properties.get("mountpoint") == "/"]
    assert roots == [pool.root_dataset]


@often
@given(asks(LvmLayout))
def test_volumes_and_twice_the_metadata_fit_the_volume_group(ask: Ask) -> None:
    plan = ask.plan()
    volumes = volume_group_of(plan).volumes
    metadata = sum(volume.metadata_size_bytes or 0 for volume in volumes)
    wanted = sum(volume.size_bytes for volume in volumes) + 2 * metadata
    array = volume_group_of(plan).array
    _disk, part = plan.partition(guids_of(plan)[0])
    pv_bytes = part.size_bytes if array is None else array.size_bytes
    # With 250 KiB of metadata, the first extent starts at 1 MiB; the rest of an extent is no use.
    there = (pv_bytes - MIB) // EXTENT_BYTES * EXTENT_BYTES
    assert wanted <= there


@often
@given(asks(LvmLayout))
def test_an_array_is_as_large_as_its_smallest_member_allows(ask: Ask) -> None:
    plan = ask.plan()
    storage = volume_group_of(plan)
    if (array := storage.array) is None:
        assert storage.pvs == guids_of(plan)
        return
    assert (storage.pvs, array.members) == ((array.uuid,), guids_of(plan))
    smallest = min(plan.partition(guid)[1].size_bytes for guid in array.members)
    assert 0 <= smallest - array.data_offset_bytes - array.size_bytes < MIB
    assert array.size_bytes % MIB == array.data_offset_bytes % MIB == 0


@often
@given(asks(LvmLayout))
def test_every_volume_is_some_whole_extents(ask: Ask) -> None:
    for volume in volume_group_of(ask.plan()).volumes:
        for size in (volume.size_bytes, volume.metadata_size_bytes):
            assert size is None or (size > 0 and size % EXTENT_BYTES == 0)


@often
@given(asks(LvmLayout))
def test_no_volume_is_larger_than_was_asked_for(ask: Ask) -> None:
    sizes = {volume.name: volume.size_bytes for volume in volume_group_of(ask.plan()).volumes}
    options = ask.request.lvm
    if options.maxroot_bytes is not None:
        assert sizes["root"] <= options.maxroot_bytes
    if options.maxvz_bytes is not None:
        assert sizes.get("data", 0) <= options.maxvz_bytes
    if options.swapsize_bytes is not None:  # lvcreate would round it up as well
        assert 0 <= sizes.get("swap", 0) - options.swapsize_bytes < EXTENT_BYTES


@often
@given(asks(BtrfsLayout).map(lambda ask: ask.asking(slack=True)))
def test_a_btrfs_is_on_all_disks_and_a_smaller_one_fits_if_one_may_die(ask: Ask) -> None:
    plan = ask.plan()
    assert isinstance(plan.storage, BtrfsStorage)
    assert plan.storage.members == guids_of(plan)
    if plan.storage.data not in BTRFS_REDUNDANT or ask.hdsize_bytes() is not None:
        return
    places = [plan.partition(guid) for guid in plan.storage.members]
    assert len({part.size_bytes for _disk, part in places}) == 1
    for disk, part in places:
        left = disk.size_bytes - (part.last_sector + 1) * disk.sector_size
        assert left >= 128 * MIB + ask.request.free_bytes
