"""Refusals at their limits: the last value that passes and the first that does not."""

from __future__ import annotations

import pytest

from bedplate.errors import RefusedError
from bedplate.model.facts import (
    ZFS_MODULE,
    DiskFact,
    FirmwareKind,
    LogicalVolumeFact,
    PoolFact,
    Signature,
    VolumeGroupFact,
)
from bedplate.model.layout import BtrfsProfile, Layout, Raid
from bedplate.model.request import BtrfsOptions, DiskSelection, LvmOptions, ZfsOptions
from bedplate.plan.ids import Ids
from bedplate.plan.install import plan_install
from bedplate.units import GIB
from tests.unit.plan.builders import (
    BTRFS,
    LVM,
    LVM_MIRROR,
    MANIFEST,
    MIRROR,
    asking,
    codes,
    disk,
    machine,
    partition,
)

PAIRS = MIRROR.model_copy(
    update={
        "name": "zfs-raid10",
        "storage": MIRROR.storage.model_copy(update={"raid": Raid.RAID10}),
    }
)


@pytest.mark.parametrize(
    ("size_bytes", "accepted", "expected"),
    [
        (2 * GIB - 512, True, ["disk-too-small"]),
        (4 * GIB, True, []),
        (8 * GIB - 512, False, ["disk-small"]),
        (8 * GIB, False, []),
    ],
)
def test_size_limits(size_bytes: int, accepted: bool, expected: list[str]) -> None:
    ask = asking(LVM, "sda", accept_small_disk=accepted)
    assert codes(LVM, machine(disk("a", size_bytes)), ask) == expected


def test_hdsize_counts_for_the_size_limits() -> None:
    ask = asking(LVM, "sda", lvm=LvmOptions(hdsize_bytes=4 * GIB))
    assert codes(LVM, machine(disk("a", 500 * GIB)), ask) == ["disk-small"]


@pytest.mark.parametrize(
    ("first_gib", "other_gib", "hdsize_gib", "expected"),
    [
        (100, 90, None, []),
        (100, 110, None, []),
        (100, 89, None, ["disk-unequal"]),
        (100, 111, None, ["disk-unequal"]),
        (90, 100, None, ["disk-unequal"]),
        (100, 200, 100, []),
    ],
)
def test_mirror_tolerance_is_of_the_first(
    first_gib: int, other_gib: int, hdsize_gib: int | None, expected: list[str]
) -> None:
    facts = machine(disk("a", first_gib * GIB), disk("b", other_gib * GIB))
    hdsize = None if hdsize_gib is None else hdsize_gib * GIB
    ask = asking(MIRROR, "sda", "sdb", zfs=ZfsOptions(hdsize_bytes=hdsize))
    assert codes(MIRROR, facts, ask) == expected


@pytest.mark.parametrize(
    ("raid", "disks", "expected"),
    [
        (Raid.RAID1, "a", ["disk-count"]),
        (Raid.RAID1, "abc", []),
        (Raid.RAID10, "ab", ["disk-count"]),
        (Raid.RAID10, "abcde", ["disk-count"]),
        (Raid.RAID10, "abcd", []),
        (Raid.RAIDZ1, "ab", ["disk-count"]),
        (Raid.RAIDZ2, "abcd", []),
        (Raid.RAIDZ3, "abcd", ["disk-count"]),
    ],
)
def test_number_of_disks(raid: Raid, disks: str, expected: list[str]) -> None:
    storage = MIRROR.storage.model_copy(update={"raid": raid})
    layout = MIRROR.model_copy(update={"storage": storage})
    facts = machine(*(disk(letter) for letter in disks))
    assert codes(layout, facts, asking(layout, *(f"sd{letter}" for letter in disks))) == expected


@pytest.mark.parametrize(
    ("profile", "disks", "expected"),
    [
        (BtrfsProfile.SINGLE, "a", []),
        (BtrfsProfile.RAID0, "a", []),
        (BtrfsProfile.RAID1, "a", ["disk-count"]),
        (BtrfsProfile.RAID1, "abc", []),
        (BtrfsProfile.RAID10, "abc", ["disk-count"]),
        (BtrfsProfile.RAID10, "abcd", []),
        (BtrfsProfile.RAID10, "abcde", ["disk-count"]),
    ],
)
def test_number_of_disks_of_a_btrfs(profile: BtrfsProfile, disks: str, expected: list[str]) -> None:
    update = {
        "storage": BTRFS.storage.model_copy(update={"data": profile}),
        "disks": BTRFS.disks.model_copy(update={"minimum": 1}),
    }
    layout = BTRFS.model_copy(update=update)
    facts = machine(*(disk(letter) for letter in disks))
    assert codes(layout, facts, asking(layout, *(f"sd{letter}" for letter in disks))) == expected


def test_all_disks_of_a_btrfs_are_compared_with_the_first() -> None:
    # In pairs, as a pool's mirrors, these four would pass.
    storage = BTRFS.storage.model_copy(update={"data": BtrfsProfile.RAID10})
    layout = BTRFS.model_copy(update={"storage": storage})
    facts = machine(
        *(disk(letter, size * GIB) for letter, size in zip("abcd", (20, 20, 30, 30), strict=True))
    )
    names = ("sda", "sdb", "sdc", "sdd")
    assert codes(layout, facts, asking(layout, *names)) == ["disk-unequal"] * 2
    limited = asking(layout, *names, btrfs=BtrfsOptions(hdsize_bytes=20 * GIB))
    assert codes(layout, facts, limited) == []


@pytest.mark.parametrize(
    ("layout", "disks", "expected"),
    [
        (LVM, "ab", "lvm-thin takes exactly 1 disk, and 2 were chosen"),
        (LVM_MIRROR, "abc", "lvm-mirror takes exactly 2 disks, and 3 were chosen"),
        (MIRROR, "a", "zfs-mirror takes at least 2 disks, and 1 was chosen"),
        (PAIRS, "abcde", "zfs-raid10 takes at least 4 disks (an even number), and 5 were chosen"),
    ],
    ids=["one", "two", "some", "pairs"],
)
def test_number_of_disks_in_words(layout: Layout, disks: str, expected: str) -> None:
    facts = machine(*(disk(letter) for letter in disks))
    ask = asking(layout, *(f"sd{letter}" for letter in disks))
    with pytest.raises(RefusedError) as caught:
        plan_install(ask, layout, facts, MANIFEST, Ids(b"words"))
    assert [problem.message for problem in caught.value.problems] == [f"the layout {expected}"]


def test_lvm_takes_one_disk_whatever_the_layout_says() -> None:
    layout = LVM.model_copy(update={"disks": LVM.disks.model_copy(update={"maximum": None})})
    facts = machine(disk("a"), disk("b"))
    assert codes(layout, facts, asking(layout, "sda", "sdb")) == ["disk-count"]


def test_pairs_of_raid10_are_compared_with_each_other() -> None:
    storage = MIRROR.storage.model_copy(update={"raid": Raid.RAID10})
    layout = MIRROR.model_copy(update={"storage": storage})
    facts = machine(disk("a", 16 * GIB), disk("b", 16 * GIB), disk("c", 99 * GIB), disk("d"))
    ask = asking(layout, "sda", "sdb", "sdc", "sdd")
    with pytest.raises(RefusedError) as caught:
        plan_install(ask, layout, facts, MANIFEST, Ids(b"pairs"))
    assert [(p.code, p.where) for p in caught.value.problems] == [("disk-unequal", "ata-DISK_S-d")]


@pytest.mark.parametrize(
    ("sector_size", "firmware", "ashift", "expected"),
    [
        (4096, FirmwareKind.UEFI, 12, []),
        (4096, FirmwareKind.BIOS, 12, ["4kn-bios", "4kn-bios"]),
        (4096, FirmwareKind.UEFI, 11, ["ashift-too-small", "ashift-too-small"]),
        (512, FirmwareKind.BIOS, 9, []),
        (520, FirmwareKind.UEFI, 12, ["sector-size", "sector-size"]),
    ],
)
def test_sectors(
    sector_size: int, firmware: FirmwareKind, ashift: int, expected: list[str]
) -> None:
    disks = (disk(letter, sector_size=sector_size) for letter in "ab")
    ask = asking(MIRROR, "sda", "sdb", zfs=ZfsOptions(ashift=ashift))
    assert codes(MIRROR, machine(*disks, firmware=firmware), ask) == expected


@pytest.mark.parametrize("sector_size", [0, 520])
def test_nothing_is_shared_out_of_an_array_of_unknown_sectors(sector_size: int) -> None:
    facts = machine(disk("a", sector_size=sector_size), disk("b"))
    assert codes(LVM_MIRROR, facts, asking(LVM_MIRROR, "sda", "sdb")) == ["sector-size"]


RELEASING = ("dmsetup", "mdadm", "swapoff", "vgrename")


@pytest.mark.parametrize(
    ("layout", "missing", "expected"),
    [
        (MIRROR, ("zpool", "vgs", "lvs", "mdadm"), ["tool-missing"]),
        (LVM, ("zpool", "vgs", "mkfs.xfs", "mdadm"), ["tool-missing"]),
        (LVM_MIRROR, ("zpool", "lvs", "mdadm"), ["tool-missing", "tool-missing"]),
        (LVM, ("mkfs.ext4", "sfdisk"), ["tool-missing", "tool-missing"]),
        (BTRFS, ("mkfs.btrfs", "btrfs", "zpool", "lvs", "mkswap"), ["tool-missing"] * 2),
        *((layout, RELEASING, []) for layout in (MIRROR, LVM, BTRFS)),
        *((layout, (ZFS_MODULE, "mokutil"), []) for layout in (LVM, BTRFS)),
        (MIRROR, (ZFS_MODULE,), ["tool-missing"]),
        (LVM_MIRROR, RELEASING, ["tool-missing"]),
    ],
    ids=[
        *("zfs", "lvm", "lvm on md", "both", "btrfs"),
        *(f"{name}, nothing to release" for name in ("zfs", "lvm", "btrfs")),
        *("lvm without zfs", "btrfs without zfs", "zfs without zfs"),
        "lvm on md, nothing to release",
    ],
)
def test_only_tools_of_the_layout_are_missed(
    layout: Layout, missing: tuple[str, ...], expected: list[str]
) -> None:
    facts = machine(disk("a"), disk("b")).model_copy(update={"missing_tools": missing})
    names = ("sda",) if layout is LVM else ("sda", "sdb")
    assert codes(layout, facts, asking(layout, *names)) == expected


def test_a_manifest_without_the_base_system() -> None:
    assert codes(LVM, machine(disk("a")), asking(LVM, "sda"), artefacts={}) == ["artefact-missing"]


def used(letter: str) -> DiskFact:
    part = partition(f"/dev/sd{letter}1", guid=f"guid-{letter}")
    return disk(letter, partitions=(part,))


def pool(name: str, *members: str, imported: bool = False) -> PoolFact:
    return PoolFact(name=name, guid="1", state="ONLINE", imported=imported, members=members)


ON_A, ON_B = "/dev/disk/by-id/ata-DISK_S-a-part1", "/dev/disk/by-partuuid/guid-b"


@pytest.mark.parametrize(
    ("pools", "expected"),
    [
        ([pool("rpool", ON_A)], []),
        ([pool("rpool", ON_A, ON_B)], []),
        ([pool("rpool", ON_A, "10403847564029384756")], []),
        ([pool("rpool", ON_A, imported=True)], ["disk-in-use"]),
        ([pool("tank", ON_B, imported=True)], ["disk-in-use"]),
        ([pool("tank", "/dev/sdc1", imported=True)], []),
        ([pool("rpool", "/dev/sdc1")], ["name-clash"]),
        ([pool("rpool", ON_A), pool("rpool", "/dev/sdc1")], ["name-clash"]),
        ([pool("rpool", ON_A, "/dev/sdc1")], ["disk-shared"]),
        ([pool("rpool", "/dev/gone")], ["name-clash"]),
    ],
)
def test_pools_that_are_there_already(pools: list[PoolFact], expected: list[str]) -> None:
    facts = machine(*map(used, "abc")).model_copy(update={"pools": tuple(pools)})
    assert codes(MIRROR, facts, asking(MIRROR, "sda", "sdb")) == expected


@pytest.mark.parametrize(
    ("name", "pv", "active", "expected"),
    [
        ("pve", "/dev/sda1", False, []),
        ("pve", "/dev/sda1", True, ["disk-in-use"]),
        ("guests", "/dev/sda1", True, ["disk-in-use"]),
        ("pve", "/dev/sdb1", False, ["name-clash"]),
        ("guests", "/dev/sdb1", True, []),
    ],
)
def test_volume_groups_that_are_there_already(
    name: str, pv: str, active: bool, expected: list[str]
) -> None:
    volume = LogicalVolumeFact(name="v", uuid="u", size_bytes=GIB, kind="linear", active=active)
    group = VolumeGroupFact(
        name=name,
        uuid="u",
        size_bytes=GIB,
        free_bytes=0,
        extent_bytes=4 << 20,
        pvs=(pv,),
        volumes=(volume,),
    )
    facts = machine(*map(used, "ab")).model_copy(update={"volume_groups": (group,)})
    assert codes(LVM, facts, asking(LVM, "sda")) == expected


def member(letter: str, name: str, uuid: str = "u") -> DiskFact:
    """A disk whose one partition is a member of an md array."""
    mark = Signature(kind="linux_raid_member", label=name, uuid=uuid)
    part = partition(f"/dev/sd{letter}1").model_copy(update={"signatures": (mark,)})
    return disk(letter, partitions=(part,))


@pytest.mark.parametrize(
    ("disks", "expected"),
    [
        ((member("a", "mirror"), member("b", "mirror"), disk("c")), []),
        ((member("a", "mirror"), disk("b"), member("c", "mirror")), ["disk-shared"]),
        ((disk("a"), disk("b"), member("c", "any:mirror")), ["name-clash"]),
        ((disk("a"), disk("b"), member("c", "host1:other")), []),
        ((member("a", "mirror", "u"), disk("b"), member("c", "mirror", "v")), ["name-clash"]),
    ],
    ids=["on the chosen", "half on the chosen", "elsewhere", "of another name", "two of them"],
)
def test_arrays_that_are_there_already(disks: tuple[DiskFact, ...], expected: list[str]) -> None:
    assert codes(LVM_MIRROR, machine(*disks), asking(LVM_MIRROR, "sda", "sdb")) == expected


@pytest.mark.parametrize(
    ("first_gib", "other_gib", "expected"),
    [(100, 90, []), (100, 110, []), (100, 89, ["disk-unequal"]), (100, 111, ["disk-unequal"])],
)
def test_the_disks_of_an_array_are_of_about_one_size(
    first_gib: int, other_gib: int, expected: list[str]
) -> None:
    facts = machine(disk("a", first_gib * GIB), disk("b", other_gib * GIB))
    assert codes(LVM_MIRROR, facts, asking(LVM_MIRROR, "sda", "sdb")) == expected


def test_the_room_for_a_root_is_that_of_the_array() -> None:
    """The first disk is large enough, the second is what counts."""
    facts = machine(disk("a", 5 * GIB), disk("b", 9 * GIB // 2))
    options = LvmOptions(swapsize_bytes=9 * GIB // 4)
    ask = asking(LVM_MIRROR, "sda", "sdb", lvm=options, accept_small_disk=True)
    assert codes(LVM_MIRROR, facts, ask) == []
    too_much = ask.model_copy(update={"lvm": LvmOptions(swapsize_bytes=9 * GIB // 4 + 1)})
    assert codes(LVM_MIRROR, facts, too_much) == ["swap-too-large"]
    no_root = asking(
        LVM_MIRROR, "sda", "sdb", lvm=LvmOptions(maxroot_bytes=GIB), accept_small_disk=True
    )
    assert codes(LVM_MIRROR, facts, no_root) == ["root-too-small"]


def test_a_filter_that_matches_nothing_is_one_problem() -> None:
    ask = asking(MIRROR, disks=DiskSelection(filters={"ID_BUS": "ata"}))
    assert codes(MIRROR, machine(disk("a")), ask) == ["disk-no-match"]
