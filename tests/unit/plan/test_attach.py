"""A new disk beside one that works: what it joins, what the host needs for it, refusals."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bedplate.errors import RefusedError, UndecidedError
from bedplate.model.boot_files import ESP_LIST
from bedplate.model.disk_change import (
    AddBtrfs,
    AttachArray,
    AttachPool,
    AwaitMembers,
    ChangeHost,
    DiskChange,
    SpreadBtrfs,
)
from bedplate.model.esp import EspFacts, UuidList
from bedplate.model.facts import DiskFact
from bedplate.model.known_disk import KNOWN_DISKS, KnownDisk, KnownDisks
from bedplate.model.plan import Role
from bedplate.model.smart import SmartFact, SmartState
from bedplate.model.store import MemberFact, MemberGroup, StoreFact
from bedplate.plan.attach import AttachInput, plan_attachment
from bedplate.plan.ids import Ids
from bedplate.render import btrfs_boot
from bedplate.units import GIB, MIB
from tests.unit.plan.builders import disk, machine
from tests.unit.plan.esps import blank
from tests.unit.plan.stores import JOINING, MISSING, boot_disk, member, mirror, pool

A, B, C = boot_disk("a"), boot_disk("b"), disk("c")
ALONE = MemberGroup(type="disk", members=(member("a"),))
SINGLE = pool(ALONE)
MIRROR = pool(mirror(member("a"), member("b")))
STRIPE = pool(ALONE, MemberGroup(type="disk", members=(member("b"),)))
RAIDZ = pool(MemberGroup(type="raidz1-0", members=(member("a"), member("b"), member("d"))))


def other(kind: str, profile: str, *letters: str) -> StoreFact:
    """An array or a btrfs on the data partitions of these disks, which is the host's root."""
    members = tuple(
        MemberFact(id=str(n), path=f"/dev/sd{x}3", state="well")
        for n, x in enumerate(letters, start=1)
    )
    group = MemberGroup(type=profile, members=members)
    at = "/" if kind == "btrfs" else "/dev/md127"
    return StoreFact(kind=kind, id="u", name="pve", at=at, groups=(group,))


def asked(
    store: StoreFact,
    *disks: DiskFact,
    new: str | None = None,
    beside: str | None = None,
    script: str = "",
) -> AttachInput:
    """A host that has the ESPs of a and b on its list, as far as they are there."""
    boot = [one for one in disks if one.partitions]
    esps = tuple(blank("abcd".index(one.path[-1]) + 1, disk=one.id) for one in boot)
    return AttachInput(
        facts=machine(*disks),
        stores=(store,),
        esps=EspFacts(listed=UuidList(ids=tuple(esp.fat_id for esp in esps)), esps=esps),
        known=tuple(KnownDisk(id=one.id, title=one.describe()) for one in boot),
        btrfs_script=script,
        new=new,
        beside=beside,
    )


def planned(given: AttachInput) -> DiskChange:
    return plan_attachment(given, Ids(b"seed"))


def kinds(plan: DiskChange) -> list[str]:
    return [step.kind for step in plan.steps]


def files(plan: DiskChange, path: str) -> list[str]:
    changes = [step.change for step in plan.steps if isinstance(step, ChangeHost)]
    return [f.content or "" for change in changes for f in change.files if f.path == path]


def test_the_blank_disk_becomes_the_second_of_a_host_with_one() -> None:
    plan = planned(asked(SINGLE, A, C))
    assert kinds(plan) == [
        "save-tables",
        "clear-disk",
        "partition-disk",
        "format-esp",
        "change-host",
        "sync-esps",
        "attach-pool",
        "await-members",
        "change-host",
    ]
    table = plan.disks[0]
    assert [(part.number, part.role) for part in table.partitions] == [
        (1, Role.BIOS_BOOT),
        (2, Role.ESP),
        (3, Role.DATA),
    ]
    (join,) = (step for step in plan.steps if isinstance(step, AttachPool))
    (wait,) = (step for step in plan.steps if isinstance(step, AwaitMembers))
    data = table.by_role(Role.DATA)
    assert data is not None
    assert (join.pool, join.beside, join.partition_guid) == ("rpool", "guid-a3", data.guid)
    assert wait.partition_guids == (data.guid,)


def test_both_esps_are_listed_and_both_disks_known() -> None:
    plan = planned(asked(SINGLE, A, C))
    (listed,) = files(plan, ESP_LIST)
    first, second = listed.split()
    assert first == "0001-AAAA"
    (known,) = files(plan, KNOWN_DISKS)
    remembered = KnownDisks.model_validate_json(known).root
    assert [one.id for one in remembered] == [A.id, C.id]
    assert remembered[1].fat_id == second


def test_a_mirror_gets_a_third_disk() -> None:
    (join,) = (s for s in planned(asked(MIRROR, A, B, C)).steps if isinstance(s, AttachPool))
    assert join.beside == "guid-a3"


@pytest.mark.parametrize("kind", ["single", "raid1"])
def test_a_btrfs_keeps_two_copies_from_then_on(kind: str) -> None:
    there = ("a",) if kind == "single" else ("a", "b")
    plan = planned(asked(other("btrfs", kind, *there), A, B, C, beside="S-a"))
    assert [step.at for step in plan.steps if isinstance(step, AddBtrfs)] == ["/"]
    (spread,) = (step for step in plan.steps if isinstance(step, SpreadBtrfs))
    assert (spread.data, spread.metadata) == ("raid1", "raid1")


def test_a_btrfs_root_learns_to_start_without_a_disk_once() -> None:
    plan = planned(asked(other("btrfs", "single", "a"), A, C))
    steps = kinds(plan)
    assert steps.index("rebuild-initramfs") < steps.index("sync-esps") < steps.index("add-btrfs")
    (script,) = files(plan, btrfs_boot.SCRIPT_PATH)
    again = planned(asked(other("btrfs", "single", "a"), A, C, script=script))
    assert "rebuild-initramfs" not in kinds(again)


def test_a_mirror_on_md_wants_one_member_more() -> None:
    plan = planned(asked(other("md", "raid1", "a", "b"), A, B, C))
    (join,) = (step for step in plan.steps if isinstance(step, AttachArray))
    assert (join.array, join.wanted) == ("/dev/md127", 3)


def test_a_stripe_is_mirrored_disk_by_disk_and_says_what_is_not_yet() -> None:
    with pytest.raises(UndecidedError) as undecided:
        planned(asked(STRIPE, A, B, C))
    assert {choice.name for choice in undecided.value.choices} == {A.id, B.id}
    plan = planned(asked(STRIPE, A, B, C, beside="S-b"))
    (join,) = (step for step in plan.steps if isinstance(step, AttachPool))
    assert join.beside == "guid-b3"
    assert "1 of them still have no mirror" in plan.warnings[0]


def test_a_log_is_mirrored_and_a_cache_is_not() -> None:
    extra = boot_disk("a", (Role.LOG, GIB), (Role.CACHE, GIB))
    store = pool(
        ALONE,
        MemberGroup(type="disk", role=Role.LOG, members=(member("a", number=4),)),
        MemberGroup(type="disk", role=Role.CACHE, members=(member("a", number=5),)),
    )
    plan = planned(asked(store, extra, disk("c", 20 * GIB)))
    joins = [step.beside for step in plan.steps if isinstance(step, AttachPool)]
    assert joins == ["guid-a3", "guid-a4"]
    assert "The cache of rpool stays on one disk" in plan.warnings[0]


def failing(one: DiskFact) -> SmartFact:
    return SmartFact(disk=one.id, state=SmartState.TELLS, passed=False)


def test_a_disk_that_fails_may_get_a_mirror_and_does_not_become_one() -> None:
    given = asked(SINGLE, A, C)
    plan = planned(replace(given, smart=(failing(A),)))
    assert plan.warnings == ("DISK, serial S-a, /dev/sda says that it is failing.",)
    with pytest.raises(RefusedError) as refused:
        planned(replace(given, smart=(failing(C),)))
    assert [problem.code for problem in refused.value.problems] == ["new-disk-failing"]


def test_a_little_smaller_will_do_where_the_pool_says_so() -> None:
    needed = ALONE.model_copy(update={"needed_bytes": 14 * GIB})
    plan = planned(asked(pool(needed), A, disk("c", 15 * GIB)))
    data = plan.disks[0].by_role(Role.DATA)
    assert data is not None
    assert 14 * GIB < data.size_bytes < 15 * GIB - 512 * MIB


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (asked(SINGLE, A), "no-candidate"),
        (asked(SINGLE, A, C, disk("d")), "which-candidate"),
        (asked(SINGLE, A, disk("c", 8 * GIB)), "disk-too-small"),
        (asked(SINGLE, A, C, new="S-a"), "disk-in-use"),
        (asked(SINGLE, A, C, beside="S-c"), "nothing-to-mirror"),
        (asked(SINGLE, A, C, beside="nonsense"), "disk-unmatched"),
        (asked(RAIDZ, A, B, C, boot_disk("d"), beside="S-a"), "no-mirror"),
        (asked(pool(mirror(member("a"), member("b", MISSING))), A, C), "store-not-well"),
        (asked(pool(mirror(member("a"), member("b", JOINING))), A, B, C), "store-not-well"),
        (asked(other("btrfs", "raid0", "a", "b"), A, B, C), "no-mirror"),
        (asked(other("btrfs", "single", "a", "b"), A, B, C), "no-mirror"),
        (asked(other("md", "raid5", "a", "b"), A, B, C), "no-mirror"),
        (asked(other("md", "raid1", "a"), A, disk("c", sector_size=4096)), "sector-size"),
        (asked(other("md", "raid1"), A, C), "nothing-to-mirror"),
    ],
    ids=[
        "no disk",
        "two blank disks",
        "too small",
        "the disk itself",
        "beside a blank one",
        "beside nothing",
        "a raidz",
        "a mirror that lost a disk",
        "a mirror that is not whole yet",
        "a btrfs without copies",
        "a btrfs over two disks",
        "a raid5",
        "larger sectors below a volume group",
        "a disk that nothing uses",
    ],
)
def test_when_in_doubt_it_is_refused(given: AttachInput, code: str) -> None:
    with pytest.raises(RefusedError) as refused:
        planned(given)
    assert {problem.code for problem in refused.value.problems} == {code}
