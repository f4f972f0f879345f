"""What is replaced with nobody there: only a lost disk, by a blank one that is certainly meant."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bedplate.errors import RefusedError
from bedplate.model.disk_change import DiskChange
from bedplate.model.facts import DiskFact, Signature
from bedplate.plan.auto_replace import places_of_members, plan_automatic
from bedplate.plan.ids import Ids
from bedplate.plan.replace import ReplaceInput
from tests.unit.plan.builders import disk
from tests.unit.plan.stores import MISSING, boot_disk, member, mirror, pool
from tests.unit.plan.test_replace import LOST_B, asked

SEEN = {"ata-DISK_S-b": "slot 2"}


def at(one: DiskFact, slot: str | None) -> DiskFact:
    return one.model_copy(update={"slot": slot})


A = at(boot_disk("a"), "1")
NEW = at(disk("c"), "2")
ELSEWHERE = at(disk("d"), "7")


def planned(given: ReplaceInput, *, anywhere: bool = False) -> DiskChange | None:
    return plan_automatic(given, Ids(b"seed"), SEEN, anywhere=anywhere)


def test_a_blank_disk_in_the_same_bay_takes_the_place_of_the_lost_one() -> None:
    plan = planned(asked([LOST_B], A, NEW, ELSEWHERE))
    assert plan is not None
    assert plan.made_for == (NEW,)
    assert plan.old == "DISK, serial S-b (ata-DISK_S-b)"


def test_where_it_was_is_known_from_the_installation_too() -> None:
    given = asked([LOST_B], A, at(disk("c"), "4"))
    known = tuple(one.model_copy(update={"place": "slot 4"}) for one in given.known)
    assert planned(replace(given, known=known)) is not None


def test_a_hot_spare_may_be_anywhere() -> None:
    plan = planned(asked([LOST_B], A, ELSEWHERE), anywhere=True)
    assert plan is not None
    assert plan.made_for == (ELSEWHERE,)


def test_of_two_lost_disks_the_one_is_replaced_that_there_is_a_new_one_for() -> None:
    both = pool(mirror(member("a"), member("d", MISSING), member("b", MISSING)))
    plan = planned(asked([both], A, NEW))
    assert plan is not None
    assert plan.old is not None
    assert "S-b" in plan.old


def test_where_all_is_well_nothing_is_done() -> None:
    whole = pool(mirror(member("a"), member("b")))
    assert planned(asked([whole], A, boot_disk("b"), NEW)) is None


FORMER = NEW.model_copy(update={"signatures": (Signature(kind="gpt"),)})


@pytest.mark.parametrize(
    ("given", "anywhere", "code"),
    [
        (asked([LOST_B], A), False, "no-candidate"),
        (asked([LOST_B], A, ELSEWHERE), False, "no-candidate"),
        (asked([LOST_B], A, at(disk("c"), None)), False, "no-candidate"),
        (asked([LOST_B], A, FORMER), False, "no-candidate"),
        (asked([LOST_B], A, at(boot_disk("c"), "2")), False, "no-candidate"),
        (asked([LOST_B], A, NEW, ELSEWHERE), True, "which-candidate"),
    ],
    ids=[
        "no disk",
        "a disk in another bay",
        "a disk of which nobody knows the bay",
        "a disk with an empty table",
        "a disk with partitions",
        "two spares",
    ],
)
def test_what_is_not_certain_is_left_to_a_person(
    given: ReplaceInput, anywhere: bool, code: str
) -> None:
    with pytest.raises(RefusedError) as refused:
        planned(given, anywhere=anywhere)
    assert [problem.code for problem in refused.value.problems] == [code]


def test_only_disks_that_hold_something_are_remembered() -> None:
    assert places_of_members(asked([LOST_B], A, NEW)) == {A.id: "slot 1"}
