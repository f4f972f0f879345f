"""Disks that are made of disks: who may be chosen, and what cannot be started from."""

from __future__ import annotations

import pytest

from bedplate.errors import RefusedError
from bedplate.model.facts import DiskFact
from bedplate.model.request import DiskCriteria, DiskSelection
from bedplate.plan.choose import choose_disks
from bedplate.plan.explain import explain_group
from bedplate.plan.groups import plan_groups
from bedplate.plan.ids import Ids
from bedplate.plan.install import plan_install
from bedplate.units import GIB
from tests.unit.plan.builders import LVM, MANIFEST, MIRROR, disk, machine, request


def compound(path: str, by_id: str, **properties: str) -> DiskFact:
    """A disk of 16 GiB that stands on other ones."""
    return DiskFact(
        path=path,
        by_id=(by_id,),
        size_bytes=16 * GIB,
        sector_size=512,
        physical_sector_size=512,
        properties=properties,
    )


def part_of(letter: str, *holders: str) -> DiskFact:
    return disk(letter).model_copy(update={"holders": holders})


FIRMWARE_RAID = compound(
    "/dev/md126", "md-uuid-1:2", MD_LEVEL="raid1", MD_CONTAINER="/dev/md/imsm0", MD_MEMBER="0"
)
RAID = compound("/dev/md0", "md-name-host:0", MD_LEVEL="raid1", MD_METADATA="1.2")
OLD_RAID = compound("/dev/md1", "md-name-host:1", MD_LEVEL="raid1", MD_METADATA="1.0")
STRIPE = compound("/dev/md2", "md-name-host:2", MD_LEVEL="raid0", MD_METADATA="1.0")
UNKNOWN_RAID = compound("/dev/md3", "md-uuid-5")
MAP = compound("/dev/mapper/mpatha", "wwn-0x6001", DM_UUID="mpath-36001")
PARTS = (
    part_of("a", "/dev/md127", "/dev/md126"),  # the container of the array, and the array
    part_of("b", "/dev/md127", "/dev/md126"),
    part_of("c", "/dev/mapper/mpatha"),
    part_of("d", "/dev/mapper/mpatha"),
    part_of("e", "/dev/md0"),
)
FACTS = machine(FIRMWARE_RAID, RAID, MAP, *PARTS, disk("f"))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("sda", "DISK, serial S-a, /dev/sda is a member of /dev/md126"),
        ("sdc", "DISK, serial S-c, /dev/sdc is one of the paths to /dev/mapper/mpatha"),
    ],
)
def test_a_part_of_something_is_never_chosen(name: str, message: str) -> None:
    (problem,) = choose_disks(DiskSelection(names=(name,)), FACTS, None).problems
    assert (problem.code, problem.message) == ("disk-is-part", message)


def test_a_member_of_an_array_of_md_alone_may_be_named() -> None:
    assert choose_disks(DiskSelection(names=("sde",)), FACTS, None).problems == ()


def test_filters_see_a_firmware_raid_and_a_map_but_not_their_parts_and_no_other_array() -> None:
    selection = DiskSelection(criteria=DiskCriteria(max_size_bytes=16 * GIB))
    asked = request(MIRROR).model_copy(update={"disks": selection})
    (group,) = plan_groups(asked, MIRROR, FACTS)
    choice, verdicts = group.choice, explain_group(group, FACTS)
    chosen = ["/dev/mapper/mpatha", "/dev/md126", "/dev/sde", "/dev/sdf"]
    assert sorted(found.path for found in choice.disks) == chosen
    assert {v.path: v.reasons for v in verdicts if v.place is None} == {
        "/dev/md0": ("it is an array of md, which has to be named",),
        "/dev/sda": ("DISK, serial S-a, /dev/sda is a member of /dev/md126",),
        "/dev/sdb": ("DISK, serial S-b, /dev/sdb is a member of /dev/md126",),
        "/dev/sdc": ("DISK, serial S-c, /dev/sdc is one of the paths to /dev/mapper/mpatha",),
        "/dev/sdd": ("DISK, serial S-d, /dev/sdd is one of the paths to /dev/mapper/mpatha",),
    }


@pytest.mark.parametrize(
    ("target", "code"),
    [
        pytest.param(FIRMWARE_RAID, None, id="firmware-raid"),
        pytest.param(OLD_RAID, None, id="superblock-at-the-end"),
        pytest.param(RAID, "disk-not-for-firmware", id="superblock-at-the-start"),
        pytest.param(STRIPE, "disk-not-for-firmware", id="striped"),
        pytest.param(UNKNOWN_RAID, "disk-not-for-firmware", id="without-udev"),
        pytest.param(MAP, "disk-multipath", id="multipath"),
    ],
)
def test_what_a_machine_can_be_started_from(target: DiskFact, code: str | None) -> None:
    ask, facts = request(LVM, target.path), machine(target)
    if code is None:
        plan = plan_install(ask, LVM, facts, MANIFEST, Ids(b"compound"))
        assert [planned.id for planned in plan.disks] == [target.id]
    else:
        with pytest.raises(RefusedError) as caught:
            plan_install(ask, LVM, facts, MANIFEST, Ids(b"compound"))
        assert [problem.code for problem in caught.value.problems] == [code]


def test_one_disk_by_two_paths_is_not_two_disks() -> None:
    path = disk("a").model_copy(update={"by_id": ()})
    second = path.model_copy(update={"path": "/dev/sdb"})
    stick = disk("c").model_copy(update={"wwn": path.wwn})  # the same WWN, and nothing else alike
    with pytest.raises(RefusedError) as caught:
        plan_install(
            request(LVM, "/dev/sda"), LVM, machine(path, second, stick), MANIFEST, Ids(b"twofold")
        )
    (problem,) = caught.value.problems
    assert (problem.code, problem.message) == (
        "disk-twofold",
        "DISK, serial S-a, /dev/sda and /dev/sdb are one disk (WWN 0x5000a), reached by several "
        "paths",
    )
    plan = plan_install(request(LVM, "S-c"), LVM, machine(path, stick), MANIFEST, Ids(b"one"))
    assert [planned.id for planned in plan.disks] == [stick.id]
