"""A disk that leaves: what lets go of it, what is refused for the sake of data and of the boot."""

from __future__ import annotations

import pytest

from bedplate.errors import Problem, RefusedError
from bedplate.model.boot_files import ESP_LIST
from bedplate.model.diagnosis import BootDisk, Diagnosis, Verdict
from bedplate.model.disk_change import ChangeHost, DiskChange, LeaveArray, LeaveBtrfs, LeavePool
from bedplate.model.esp import EspFacts, UuidList
from bedplate.model.facts import DiskFact, FirmwareKind
from bedplate.model.known_disk import KnownDisk
from bedplate.model.plan import Role
from bedplate.model.step import SwapOff
from bedplate.model.store import MemberGroup, StoreFact
from bedplate.plan.detach import DetachInput, plan_detachment
from bedplate.units import GIB
from tests.unit.plan.builders import disk, machine
from tests.unit.plan.esps import blank
from tests.unit.plan.stores import FAILED, JOINING, MISSING, boot_disk, member, mirror, pool
from tests.unit.plan.test_attach import other

A, B = boot_disk("a"), boot_disk("b")
MIRROR = pool(mirror(member("a"), member("b")))
FAULT = Problem("esp-file-missing", "a", "is missing")


def asked(
    store: StoreFact, *disks: DiskFact, name: str = "S-b", bootable: str = "ab"
) -> DetachInput:
    """A host started by BIOS, which the `bootable` disks start."""
    boot = [one for one in disks if one.partitions]
    esps = tuple(blank("abcd".index(one.path[-1]) + 1, disk=one.id) for one in boot)
    return DetachInput(
        facts=machine(*disks, firmware=FirmwareKind.BIOS),
        stores=(store,),
        esps=EspFacts(listed=UuidList(ids=tuple(esp.fat_id for esp in esps)), esps=esps),
        health=Diagnosis(
            disks=tuple(
                BootDisk(
                    disk=one.id,
                    title=one.describe(),
                    esp="",
                    verdicts=(
                        Verdict(
                            firmware=FirmwareKind.BIOS,
                            faults=() if one.path[-1] in bootable else (FAULT,),
                        ),
                        Verdict(firmware=FirmwareKind.UEFI),
                    ),
                )
                for one in boot
            )
        ),
        name=name,
        known=tuple(KnownDisk(id=one.id, title=one.describe()) for one in boot),
    )


def files(plan: DiskChange, path: str) -> list[str]:
    changes = [step.change for step in plan.steps if isinstance(step, ChangeHost)]
    return [f.content or "" for change in changes for f in change.files if f.path == path]


def test_a_disk_leaves_its_mirror_and_is_blank_in_the_end() -> None:
    plan = plan_detachment(asked(MIRROR, A, B))
    assert [step.kind for step in plan.steps] == [
        "save-tables",
        "change-host",
        "sync-esps",
        "leave-pool",
        "change-host",
        "clear-disk",
    ]
    (leaving,) = (step for step in plan.steps if isinstance(step, LeavePool))
    assert (leaving.pool, leaving.member, leaving.is_vdev) == ("rpool", "guid-b3", False)
    assert files(plan, ESP_LIST) == ["0001-AAAA\n"]
    assert plan.stays == (A.describe(),)
    assert "no redundancy afterwards" in plan.warnings[0]


def test_a_third_disk_may_go_without_a_word_of_warning() -> None:
    three = pool(mirror(member("a"), member("b"), member("d")))
    assert plan_detachment(asked(three, A, B, boot_disk("d"))).warnings == ()


@pytest.mark.parametrize(("letters", "single"), [("ab", True), ("abd", False)])
def test_of_two_btrfs_devices_one_goes_with_the_second_copies(letters: str, single: bool) -> None:
    given = asked(other("btrfs", "raid1", *letters), *map(boot_disk, letters))
    (leaving,) = (s for s in plan_detachment(given).steps if isinstance(s, LeaveBtrfs))
    assert (leaving.at, leaving.member, leaving.single) == ("/", "2", single)


def test_an_array_wants_one_member_less() -> None:
    plan = plan_detachment(asked(other("md", "raid1", "a", "b"), A, B))
    (leaving,) = (step for step in plan.steps if isinstance(step, LeaveArray))
    assert (leaving.path, leaving.wanted) == ("/dev/sdb3", 1)


def test_what_else_was_on_the_disk_goes_too() -> None:
    more = ((Role.LOG, GIB), (Role.CACHE, GIB), (Role.SWAP, GIB))
    first, second = boot_disk("a", *more), boot_disk("b", *more)
    parts = (*second.partitions[:-1], second.partitions[-1].model_copy(update={"swap": True}))
    second = second.model_copy(update={"partitions": parts})
    store = pool(
        mirror(member("a"), member("b")),
        MemberGroup(type="disk", role=Role.LOG, members=(member("b", number=4),)),
        MemberGroup(type="disk", role=Role.CACHE, members=(member("b", number=5),)),
    )
    plan = plan_detachment(asked(store, first, second))
    leaving = [(s.member, s.is_vdev) for s in plan.steps if isinstance(s, LeavePool)]
    assert leaving == [("guid-b3", False), ("guid-b4", True), ("guid-b5", True)]
    assert [s.device for s in plan.steps if isinstance(s, SwapOff)] == ["/dev/sdb6"]


RAIDZ = pool(MemberGroup(type="raidz1-0", members=(member("a"), member("b"), member("d"))))
MOUNTED = B.model_copy(
    update={
        "partitions": (B.partitions[0].model_copy(update={"mounts": ("/srv",)}), *B.partitions[1:])
    }
)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (asked(MIRROR, A, B, name="nonsense"), "disk-unmatched"),
        (asked(MIRROR, A, B, disk("c"), name="S-c"), "not-a-member"),
        (asked(MIRROR, A, B, bootable="b"), "not-bootable"),
        (asked(MIRROR, A, MOUNTED), "disk-in-use"),
        (asked(pool(mirror(member("a", MISSING), member("b"))), B), "not-redundant"),
        (asked(pool(mirror(member("a", FAILED), member("b"))), A, B), "not-redundant"),
        (asked(pool(mirror(member("a", JOINING), member("b"))), A, B), "store-not-well"),
        (asked(RAIDZ, A, B, boot_disk("d")), "not-redundant"),
        (asked(other("md", "raid5", "a", "b"), A, B), "not-redundant"),
        (asked(other("btrfs", "raid0", "a", "b"), A, B), "not-redundant"),
    ],
    ids=[
        "no such disk",
        "a blank disk",
        "the only one that starts the host",
        "something else is mounted",
        "the other one is gone",
        "the other one failed",
        "the other one is not whole yet",
        "a raidz",
        "a raid5",
        "a btrfs without copies",
    ],
)
def test_when_in_doubt_it_is_refused(given: DetachInput, code: str) -> None:
    with pytest.raises(RefusedError) as refused:
        plan_detachment(given)
    assert code in {problem.code for problem in refused.value.problems}
