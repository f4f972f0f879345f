"""Disks that say of themselves that they are failing: what doctor and a replacement make of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bedplate.errors import Problem
from bedplate.model.facts import VolumeGroupFact
from bedplate.model.mailed import digest_of
from bedplate.model.smart import SmartFact, SmartState
from bedplate.model.store import MemberState
from bedplate.plan.doctor import DoctorInput, diagnose
from bedplate.render.disk_change_text import render_disk_change
from bedplate.units import GIB, MIB
from tests.unit.plan import test_doctor, test_replace
from tests.unit.plan.builders import disk, partition
from tests.unit.plan.test_doctor import store
from tests.unit.plan.test_replace import LOST_B, A, B, C, asked, codes, planned


def smart(letter: str, **changes: object) -> SmartFact:
    """What a disk says that fails, and has been losing sectors."""
    fact = SmartFact(
        disk=f"ata-{letter}",
        state=SmartState.TELLS,
        passed=False,
        failed_attributes=("Reallocated_Sector_Ct",),
        pending_sectors=8,
    )
    return fact.model_copy(update=changes)


def with_disks(*facts: SmartFact, **changes: Any) -> DoctorInput:
    """A host whose second disk, /dev/sdb, is in use as said by `changes`."""
    disks = tuple(
        disk(letter).model_copy(update={"by_id": (f"ata-{letter}",), "partitions": (part,)})
        for letter in "abc"
        for part in (partition(f"/dev/sd{letter}3", 3),)
    )
    return replace(test_doctor.WELL, disks=disks, smart=facts, **changes)


GROUP = VolumeGroupFact(
    name="pve", uuid="u", size_bytes=GIB, free_bytes=0, extent_bytes=4 * MIB, pvs=("/dev/sdc3",)
)
REPLACE = "while it works, put in another one and run `bedplate disk replace S-b NEW`"
NO_COPY = "make a backup now: as far as is known, no other disk has what is on it"
MIRROR = store("md", "/dev/md/mirror", MemberState.WELL)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (with_disks(smart("b"), stores=(MIRROR,)), [("b", REPLACE)]),
        (with_disks(smart("b")), [("b", NO_COPY)]),
        (with_disks(smart("c"), volume_groups=(GROUP,)), [("c", NO_COPY)]),
        (with_disks(smart("c")), []),
        (with_disks(smart("b", passed=True, failed_attributes=())), []),
        (with_disks(smart("b", state=SmartState.SILENT, passed=None)), []),
    ],
    ids=[
        "a member",
        "a boot disk with nothing that is mirrored",
        "a PV",
        "a disk that the host does not use",
        "sectors alone",
        "no answer",
    ],
)
def test_a_disk_that_says_it_is_failing_is_named_with_what_to_do(
    given: DoctorInput, said: list[tuple[str, str]]
) -> None:
    found = diagnose(given)
    assert found.problems == tuple(
        Problem(
            "disk-failing",
            f"DISK, serial S-{letter}, /dev/sd{letter}",
            "says that it is failing: Reallocated_Sector_Ct is below its limit",
            hint,
        )
        for letter, hint in said
    )


def test_a_failing_disk_that_is_lost_already_is_told_of_once() -> None:
    lost = store("md", "/dev/md/mirror", MemberState.FAILED)
    found = diagnose(with_disks(smart("b"), stores=(lost,)))
    assert [problem.code for problem in found.problems] == ["array-degraded"]


def test_counts_that_go_up_are_no_other_diagnosis() -> None:
    """Or there would be a mail about it every hour."""
    first, later = (
        diagnose(with_disks(smart("b", pending_sectors=count), stores=(MIRROR,)))
        for count in (8, 16)
    )
    assert digest_of(first) == digest_of(later)


def said(letter: str, **changes: object) -> SmartFact:
    """What a disk says that is well."""
    fact = SmartFact(disk=f"ata-DISK_S-{letter}", state=SmartState.TELLS, passed=True)
    return fact.model_copy(update=changes)


FAILS = said("c", passed=False)


@pytest.mark.parametrize("name", [None, "S-c"], ids=["found", "named"])
def test_a_new_disk_that_fails_is_refused(name: str | None) -> None:
    given = asked([LOST_B], A, C, old="S-b" if name else None, new=name)
    assert codes(replace(given, smart=(said("a"), FAILS))) == ["new-disk-failing"]


def test_what_is_not_well_about_the_disks_that_stay_is_told() -> None:
    smart = (said("a", passed=False), said("c", pending_sectors=8))
    plan = planned(replace(asked([LOST_B], A, C), smart=smart))
    assert plan.warnings[-2:] == (
        "DISK, serial S-c, /dev/sdc is not sound: 8 sector(s) could not be read.",
        "DISK, serial S-a, /dev/sda says that it is failing.",
    )
    assert plan.old_health is None


@pytest.mark.parametrize(
    ("fact", "told"),
    [
        (said("b"), "says that it is well"),
        (said("b", passed=False), "says that it is failing"),
        (said("b", state=SmartState.NONE, passed=None), None),
    ],
    ids=["well", "failing", "virtual"],
)
def test_it_is_told_how_the_old_disk_is(fact: SmartFact, told: str | None) -> None:
    given = asked([test_replace.WHOLE], A, B, C, old="S-b", new="S-c")
    plan = planned(replace(given, smart=(fact, said("c"))))
    assert (plan.old_health, plan.warnings) == (told, planned(given).warnings)
    assert (f"  old  {plan.old}\n       {told}\n" in render_disk_change(plan)) == bool(told)
