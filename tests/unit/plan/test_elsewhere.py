"""What chosen disks share with others, and what on others has the name of the new storage."""

from __future__ import annotations

import pytest

from bedplate.errors import RefusedError
from bedplate.model.facts import (
    DiskFact,
    Facts,
    LayerFact,
    LayerKind,
    LogicalVolumeFact,
    PoolFact,
    Signature,
    VolumeGroupFact,
)
from bedplate.model.layout import Layout
from bedplate.model.step import Phase
from bedplate.plan.ids import Ids
from bedplate.plan.install import plan_install
from tests.unit.plan.builders import (
    BTRFS,
    LVM,
    LVM_MIRROR,
    MANIFEST,
    MIRROR,
    disk,
    machine,
    partition,
    request,
)


def signed(letter: str, *found: tuple[str, str]) -> DiskFact:
    signatures = tuple(Signature(kind=kind, uuid=uuid) for kind, uuid in found)
    part = partition(f"/dev/sd{letter}1").model_copy(update={"signatures": signatures})
    return disk(letter, partitions=(part,))


def group(
    name: str, *pvs: str, uuid: str = "Yc1xKa-0001", active: bool = False, osd: str | None = None
) -> VolumeGroupFact:
    tags = () if osd is None else (f"ceph.osd_id={osd}", "ceph.cluster_fsid=f")
    volume = LogicalVolumeFact(
        name="v", uuid="v", size_bytes=1, kind="linear", active=active, tags=tags
    )
    return VolumeGroupFact(
        name=name,
        uuid=uuid,
        size_bytes=1,
        free_bytes=1,
        extent_bytes=1,
        pvs=pvs,
        volumes=(volume,),
    )


def mapping(name: str, *on: str) -> LayerFact:
    return LayerFact(
        path=f"/dev/mapper/{name}", node=f"/dev/dm-{name}", kind=LayerKind.CRYPT, on=on
    )


def pool(name: str, *members: str, state: str = "ONLINE", imported: bool = False) -> PoolFact:
    return PoolFact(name=name, guid="99", state=state, imported=imported, members=members)


def refusals(layout: Layout, facts: Facts, *, rename: bool = False) -> list[tuple[str, str]]:
    """Where and what of the refusals; otherwise the renaming steps."""
    names = ("sda",) if layout is LVM else ("sda", "sdb")
    ask = request(layout, *names).model_copy(update={"rename": rename})
    try:
        plan = plan_install(ask, layout, facts, MANIFEST, Ids(b"elsewhere"))
    except RefusedError as error:
        return [(problem.where, problem.message) for problem in error.problems]
    return [(s.kind, s.summary) for s in plan.steps if s.phase is Phase.RELEASE]


def both(lost: str, kept: str) -> str:
    return f"is on {lost}, which would be wiped, and also on {kept}, which would not"


@pytest.mark.parametrize(
    ("kind", "what"),
    [
        ("btrfs", "btrfs file system"),
        ("linux_raid_member", "md array"),
        ("LVM2_member", "PV"),
        ("zfs_member", "pool"),
    ],
)
def test_members_of_one_thing_on_both_sides(kind: str, what: str) -> None:
    facts = machine(signed("a", (kind, "u")), signed("b", (kind, "u")), signed("c", (kind, "u")))
    assert refusals(MIRROR, facts) == [(f"{what} u", both("/dev/sda1, /dev/sdb1", "/dev/sdc1"))]


@pytest.mark.parametrize(
    "other", [("ext4", "u"), ("linux_raid_member", "v"), ("crypto_LUKS", "u")], ids=str
)
def test_things_that_are_not_one(other: tuple[str, str]) -> None:
    facts = machine(signed("a", ("linux_raid_member", "u")), signed("b"), signed("c", other))
    assert refusals(MIRROR, facts) == []


@pytest.mark.parametrize("imported", [True, False])
def test_a_pool_that_goes_on_without_a_disk_that_has_its_label_still(imported: bool) -> None:
    members = (signed("a", ("zfs_member", "99")), signed("b"), signed("c", ("zfs_member", "99")))
    facts = machine(*members).model_copy(
        update={"pools": (pool("tank", "/dev/sdc1", imported=imported),)}
    )
    assert refusals(MIRROR, facts) == []


def test_an_array_that_is_set_up_is_told_once() -> None:
    on = ("/dev/sda1", "/dev/sdc1")
    array = LayerFact(path="/dev/md0", node="/dev/md0", kind=LayerKind.ARRAY, on=on)
    a, c = (signed(letter, ("linux_raid_member", "u")) for letter in "ac")
    disks = (
        a.model_copy(update={"layers": (array,)}),
        signed("b"),
        c.model_copy(update={"layers": (array,)}),
    )
    assert refusals(MIRROR, machine(*disks)) == [("array /dev/md0", both("/dev/sda1", "/dev/sdc1"))]


def test_a_volume_group_on_a_stack_over_chosen_disks_only() -> None:
    array = LayerFact(
        path="/dev/md0", node="/dev/md0", kind=LayerKind.ARRAY, on=("/dev/sda1", "/dev/sdb1")
    )
    disks = [signed(letter).model_copy(update={"layers": (array,)}) for letter in "ab"]
    itself = disk("c").model_copy(update={"path": "/dev/md0"})
    facts = machine(*disks, itself).model_copy(update={"volume_groups": (group("x", "/dev/md0"),)})
    assert refusals(MIRROR, facts) == [("stop-array", "Stop the md array /dev/md0")]


def test_the_parts_of_a_chosen_array_are_not_other_disks() -> None:
    array = LayerFact(path="/dev/sda", node="/dev/sda", kind=LayerKind.ARRAY, on=("/dev/sdc",))
    part = disk("c").model_copy(update={"layers": (array,)})
    facts = machine(disk("a"), disk("b"), part).model_copy(
        update={"volume_groups": (group("x", "/dev/sda"),)}
    )
    assert refusals(MIRROR, facts) == []


def test_the_other_partitions_of_a_disk_that_has_a_part_of_a_chosen_array() -> None:
    """The array sdb lies on sdc1, and what is on sdc2 and sdc3 beside it is not to be wiped."""
    array = LayerFact(path="/dev/sdb", node="/dev/sdb", kind=LayerKind.ARRAY, on=("/dev/sdc1",))
    above = mapping("above", "/dev/sdb")
    beside = mapping("beside", "/dev/sdc3")
    partitions = tuple(partition(f"/dev/sdc{number}", number) for number in (1, 2, 3))
    facts = machine(
        disk("a"),
        disk("b").model_copy(update={"layers": (above,)}),
        disk("c", partitions=partitions).model_copy(update={"layers": (array, above, beside)}),
    )

    def found(*pvs: str) -> list[tuple[str, str]]:
        groups = (group("x", *pvs),)
        return refusals(MIRROR, facts.model_copy(update={"volume_groups": groups}))

    close = ("close-mappings", "Close /dev/mapper/above")
    assert found("/dev/sda", "/dev/sdb", "/dev/mapper/above") == [close]
    assert found("/dev/sdc2", "/dev/mapper/beside") == [close]
    assert found("/dev/sda", "/dev/sdc1") == [close]  # which is below: as gone as its array
    for kept in ("/dev/sdc2", "/dev/sdc3", "/dev/mapper/beside"):
        assert found("/dev/sda", kept) == [("volume group x", both("/dev/sda", kept))]
        assert found("/dev/mapper/above", kept) == [
            ("volume group x", both("/dev/mapper/above", kept))
        ]


def test_a_disk_whose_container_is_below_a_chosen_array_is_part_of_it() -> None:
    container = LayerFact(
        path="/dev/md127", node="/dev/md127", kind=LayerKind.CONTAINER, on=("/dev/sdc",)
    )
    array = LayerFact(path="/dev/sda", node="/dev/sda", kind=LayerKind.ARRAY, on=("/dev/md127",))
    # The partitions of the array are seen on its member, too.
    lower = disk("c", partitions=(partition("/dev/sdc1"),)).model_copy(
        update={"layers": (container, array)}
    )
    facts = machine(disk("a"), disk("b"), lower).model_copy(
        update={"volume_groups": (group("x", "/dev/sda", "/dev/sdc1"),)}
    )
    assert refusals(MIRROR, facts) == []


def test_the_database_of_an_osd_whose_data_is_elsewhere() -> None:
    groups = (group("ceph-db", "/dev/sda1", osd="3"), group("ceph-data", "/dev/sdc1", osd="3"))
    facts = machine(*map(signed, "abc")).model_copy(update={"volume_groups": groups})
    assert refusals(MIRROR, facts) == [("Ceph OSD 3 of f", both("/dev/sda1", "/dev/sdc1"))]
    others = (groups[0], group("ceph-data", "/dev/sdc1", osd="4"))
    assert refusals(MIRROR, facts.model_copy(update={"volume_groups": others})) == []


NAMESAKE = "exists already on /dev/sdc1, outside of the chosen disks"


@pytest.mark.parametrize(
    ("layout", "found", "expected"),
    [
        (
            LVM,
            group("pve", "/dev/sdc1"),
            (
                "rename-volume-group",
                "Rename the volume group pve on other disks to pve-OLD-Yc1xKa00",
            ),
        ),
        (
            MIRROR,
            pool("rpool", "/dev/sdc1", state="DEGRADED"),
            ("rename-pool", "Rename the pool rpool on other disks to rpool-OLD-99"),
        ),
        (
            LVM,
            group("pve", "/dev/sdc1", active=True),
            ("pve", f"a volume group of that name {NAMESAKE}, and it cannot be renamed: "
             "it is active"),
        ),
        (
            LVM,
            group("pve", "/dev/sdc1").model_copy(update={"missing_pvs": 2}),
            ("pve", f"a volume group of that name {NAMESAKE}, and it cannot be renamed: "
             "it lacks 2 of its PVs"),
        ),
        (
            MIRROR,
            pool("rpool", "/dev/sdc1", imported=True),
            ("rpool", f"a pool of that name {NAMESAKE}, and it cannot be renamed: it is imported"),
        ),
        (
            MIRROR,
            pool("rpool", "/dev/sdc1", state="UNAVAIL"),
            ("rpool", f"a pool of that name {NAMESAKE}, and it cannot be renamed: it is UNAVAIL"),
        ),
    ],
    ids=["vg", "pool", "active", "partial", "imported", "unavailable"],
)  # fmt: skip
def test_namesakes_are_renamed_if_they_can_be(
    layout: Layout, found: PoolFact | VolumeGroupFact, expected: tuple[str, str]
) -> None:
    key = "pools" if isinstance(found, PoolFact) else "volume_groups"
    facts = machine(*map(signed, "abc")).model_copy(update={key: (found,)})
    assert refusals(layout, facts, rename=True) == [expected]
    ((where, _),) = refusals(layout, facts)
    assert where == found.name


def test_an_array_of_the_new_name_is_never_renamed() -> None:
    mark = Signature(kind="linux_raid_member", label="host1:mirror", uuid="u")
    part = partition("/dev/sdc1").model_copy(update={"signatures": (mark,)})
    facts = machine(disk("a"), disk("b"), disk("c", partitions=(part,)))
    message = (
        "an md array of that name exists already on /dev/sdc1, outside of the chosen disks, and it "
        "cannot be renamed: an array gets another name only while it is assembled"
    )
    assert refusals(LVM_MIRROR, facts, rename=True) == [("mirror", message)]
    assert refusals(LVM_MIRROR, facts) == [("mirror", message)]


def test_an_array_below_a_chosen_one_keeps_its_name_as_well() -> None:
    """The disk sdc is no other disk, being part of a chosen one, but the name is still taken."""
    mark = Signature(kind="linux_raid_member", label="mirror", uuid="u")
    layer = LayerFact(path="/dev/sda", node="/dev/sda", kind=LayerKind.ARRAY, on=("/dev/sdc",))
    lower = disk("c").model_copy(update={"signatures": (mark,), "layers": (layer,)})
    ((where, message),) = refusals(LVM_MIRROR, machine(disk("a"), disk("b"), lower))
    assert where == "mirror"
    assert "exists already on /dev/sdc," in message


def test_a_btrfs_has_no_name_that_anything_could_have_as_well() -> None:
    mark = Signature(kind="linux_raid_member", label="mirror", uuid="u")
    part = partition("/dev/sdc1").model_copy(update={"signatures": (mark,)})
    facts = machine(disk("a"), disk("b"), disk("c", partitions=(part,))).model_copy(
        update={
            "pools": (pool("rpool", "/dev/sdc2"),),
            "volume_groups": (group("pve", "/dev/sdc3"),),
        }
    )
    assert refusals(BTRFS, facts) == []


def test_of_several_groups_of_one_name_only_those_on_other_disks_are_renamed() -> None:
    groups = tuple(
        group("pve", f"/dev/sd{letter}1", uuid=f"{letter * 6}-{letter * 4}") for letter in "abc"
    )
    facts = machine(*map(signed, "abc")).model_copy(update={"volume_groups": groups})
    assert refusals(LVM, facts, rename=True) == [
        ("rename-volume-group", f"Rename the volume group pve on other disks to pve-OLD-{uuid}")
        for uuid in ("bbbbbbbb", "cccccccc")
    ]
