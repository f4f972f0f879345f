"""How a new partition joins a store, once and no more, and how its data is waited for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bedplate.apply import join as join_module
from bedplate.apply.join import Joining
from bedplate.errors import ApplyError
from bedplate.model.disk_change import (
    AddBtrfs,
    AttachArray,
    AttachPool,
    JoinArray,
    JoinBtrfs,
    JoinCache,
    JoinPool,
)
from bedplate.model.step import Phase
from bedplate.model.store import MemberFact, MemberGroup, MemberState, StoreFact
from bedplate.run import Result

WELL, JOINING, FAILED, MISSING = MemberState
NEW, BY_ID = Path("/dev/sdc3"), Path("/dev/disk/by-id/ata-C-part3")


class Tools:
    """Programs that do nothing and remember that they were asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, argv: Any, **_options: object) -> Result:
        words = tuple(map(str, argv))
        self.asked.append(" ".join(words))
        return Result(words, 0, "", "")


def store(*members: MemberFact, done: float | None = None, errors: int = 0) -> StoreFact:
    group = MemberGroup(type="mirror-0", members=members)
    return StoreFact(
        kind="zfs", id="77", name="rpool", at="rpool", groups=(group,), done=done, errors=errors
    )


OLD = MemberFact(id="8", path="/dev/disk/by-id/ata-B-part3", state=MISSING)
LEFT = MemberFact(id="7", path="/dev/sda3", state=WELL)
COMING = MemberFact(id="9", path=str(NEW), state=JOINING)
THERE = COMING.model_copy(update={"state": WELL})
BEFORE = store(LEFT, OLD)
DURING = store(LEFT, OLD.model_copy(update={"successor": COMING}), done=0.5)
AFTER = store(LEFT, THERE)


def joining(tools: Tools, *views: StoreFact) -> Joining:
    """A host whose store looks like each of these in turn, and then like the last of them."""
    shown: Iterator[StoreFact] = iter(views)
    seen = [views[-1]]

    def look() -> tuple[StoreFact, ...]:
        seen[0] = next(shown, seen[0])
        return (seen[0],)

    return Joining(tools, look, lambda _guid: NEW, lambda _guid: BY_ID)


def words(step: type, **more: object) -> Any:
    return step(id="x", phase=Phase.STORAGE, summary="", partition_guid="g", **more)


POOL = words(JoinPool, pool="rpool", old="8")
TRIED = words(JoinPool, pool="rpool", old="8", given_up="9")
CACHE = words(JoinCache, pool="rpool", old="8")
ARRAY = words(JoinArray, array="/dev/md127")
FAULTY = words(JoinArray, array="/dev/md127", failed="/dev/sdb3")
WORKING = words(JoinArray, array="/dev/md127", failed="/dev/sda3", works=True)
BTRFS = words(JoinBtrfs, at="/", old="2")
MANAGE = "mdadm --manage /dev/md127 --quiet"


@pytest.mark.parametrize(
    ("step", "asked"),
    [
        (POOL, [f"zpool replace rpool 8 {BY_ID}"]),
        (TRIED, ["zpool detach rpool 9", f"zpool replace rpool 8 {BY_ID}"]),
        (CACHE, ["zpool remove rpool 8", f"zpool add rpool cache {BY_ID}"]),
        (ARRAY, [f"{MANAGE} --remove detached", f"{MANAGE} --add {NEW}"]),
        (
            FAULTY,
            [
                f"{MANAGE} --fail /dev/sdb3",
                f"{MANAGE} --remove /dev/sdb3",
                f"{MANAGE} --remove detached",
                f"{MANAGE} --add {NEW}",
            ],
        ),
        (
            WORKING,
            [
                f"{MANAGE} --remove detached",
                f"{MANAGE} --add {NEW}",
                f"{MANAGE} --replace /dev/sda3 --with {NEW}",
            ],
        ),
    ],
    ids=["pool", "again", "cache", "array", "faulty", "still working"],
)
def test_what_a_member_is_told(step: Any, asked: list[str]) -> None:
    tools = Tools()
    carry_out(joining(tools, BEFORE), step)
    assert tools.asked == asked


def test_btrfs_answers_before_it_has_begun_and_is_waited_for() -> None:
    tools = Tools()
    carry_out(joining(tools, BEFORE, BEFORE, DURING), BTRFS)
    assert tools.asked == [f"btrfs replace start -r -f 2 {NEW} /", "btrfs filesystem sync /"]


def test_a_btrfs_that_never_begins_is_no_success() -> None:
    with pytest.raises(ApplyError, match="has not begun to copy"):
        carry_out(joining(Tools(), BEFORE), BTRFS)


@pytest.mark.parametrize(
    ("step", "asked"),
    [
        (words(AttachPool, pool="rpool", beside="7"), [f"zpool attach rpool 7 {BY_ID}"]),
        (
            words(AttachArray, array="/dev/md127", wanted=3),
            [f"{MANAGE} --add {NEW}", "mdadm --grow /dev/md127 --quiet --raid-devices=3"],
        ),
        (words(AddBtrfs, at="/"), [f"btrfs device add -f {NEW} /"]),
    ],
    ids=["pool", "array", "btrfs"],
)
def test_what_a_store_is_told_of_one_member_more(step: Any, asked: list[str]) -> None:
    tools = Tools()
    joining(tools, BEFORE).attach(step)
    assert tools.asked == asked
    again = Tools()
    joining(again, AFTER).attach(step)
    assert again.asked == asked[1:]


def test_a_spare_of_a_run_that_was_broken_off_is_not_added_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(join_module, "arrays_on", lambda _node: iter([Path("/dev/md127")]))
    tools = Tools()
    joining(tools, BEFORE).attach(words(AttachArray, array="/dev/md127", wanted=3))
    assert tools.asked == ["mdadm --grow /dev/md127 --quiet --raid-devices=3"]


@pytest.mark.parametrize("step", [POOL, TRIED, CACHE, ARRAY, FAULTY, BTRFS])
@pytest.mark.parametrize("view", [DURING, AFTER], ids=["during", "after"])
def test_what_has_joined_is_left_alone(step: Any, view: StoreFact) -> None:
    tools = Tools()
    carry_out(joining(tools, view), step)
    assert tools.asked == []


def carry_out(on: Joining, step: Any) -> None:
    match step:
        case JoinPool():
            on.pool(step)
        case JoinCache():
            on.cache(step)
        case JoinArray():
            on.array(step)
        case JoinBtrfs():
            on.btrfs(step)


@pytest.fixture(autouse=True)
def _no_time_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(join_module, "pause", lambda _seconds: None)


def waited(*views: StoreFact) -> list[float]:
    heard: list[float] = []
    joining(Tools(), *views).wait("77", ("g",), heard.append)
    return heard


def test_what_takes_long_is_asked_ever_more_rarely(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(join_module, "pause", slept.append)
    waited(*[DURING] * 40, AFTER)
    assert slept[0] < 1
    assert slept == sorted(slept)
    assert 5 <= slept[-1] == slept[-2]


def test_the_data_is_waited_for_and_how_far_it_is_is_told() -> None:
    assert waited(DURING, DURING.model_copy(update={"done": 0.75}), AFTER) == [0.5, 0.75]


GIVEN_UP = store(
    LEFT, OLD.model_copy(update={"successor": COMING.model_copy(update={"state": FAILED})})
)


@pytest.mark.parametrize(
    ("views", "said"),
    [
        ((DURING, GIVEN_UP), "did not become a member"),
        ((DURING, BEFORE), "did not become a member"),
        ((DURING, AFTER.model_copy(update={"errors": 3})), r"has 3 error\(s\) in its data"),
        ((DURING, AFTER.model_copy(update={"id": "another"})), "is not in use any more"),
    ],
    ids=["it failed", "it has gone", "data was lost", "the pool has gone"],
)
def test_a_resilver_that_goes_wrong_is_no_success(views: tuple[StoreFact, ...], said: str) -> None:
    with pytest.raises(ApplyError, match=said):
        waited(*views)
