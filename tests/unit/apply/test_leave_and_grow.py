"""What stores are told so that a member leaves or is used to its end, and that once is enough."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from bedplate.apply.grow import grow
from bedplate.apply.leave import leave
from bedplate.model.disk_change import (
    GrowArray,
    GrowBtrfs,
    GrowPool,
    LeaveArray,
    LeaveBtrfs,
    LeavePool,
)
from bedplate.model.step import Phase
from bedplate.model.store import MemberFact, MemberGroup, MemberState, StoreFact
from tests.unit.apply.test_join import Tools


def step(kind: type, **more: object) -> Any:
    return kind(id="x", phase=Phase.STORAGE, summary="", **more)


def store(at: str, *members: str) -> StoreFact:
    facts = tuple(MemberFact(id=one, path=f"/dev/{one}", state=MemberState.WELL) for one in members)
    return StoreFact(
        kind="zfs", id="u", name="n", at=at, groups=(MemberGroup(type="m", members=facts),)
    )


MIRROR = step(LeavePool, pool="rpool", member="b", is_vdev=False)
LOG = step(LeavePool, pool="rpool", member="b", is_vdev=True)
ARRAY = step(LeaveArray, array="/dev/md1", path="/dev/b", wanted=1)
PAIR = step(LeaveBtrfs, at="/", member="b", single=True)
THIRD = step(LeaveBtrfs, at="/", member="b", single=False)
SHRINK = "mdadm --grow /dev/md1 --quiet --raid-devices=1 --force"
GIVE_UP = "btrfs balance start --force -dconvert=single,soft -mconvert=dup,soft /"


@pytest.mark.parametrize(
    ("told", "at", "asked", "again"),
    [
        (MIRROR, "rpool", ["zpool detach rpool b"], []),
        (LOG, "rpool", ["zpool remove rpool b"], []),
        (
            ARRAY,
            "/dev/md1",
            [
                "mdadm --manage /dev/md1 --quiet --fail /dev/b",
                "mdadm --manage /dev/md1 --quiet --remove /dev/b",
                SHRINK,
            ],
            [SHRINK],
        ),
        (PAIR, "/", [GIVE_UP, "btrfs device remove b /"], []),
        (THIRD, "/", ["btrfs device remove b /"], []),
    ],
    ids=["mirror", "log", "array", "one of two", "one of three"],
)
def test_a_member_is_asked_to_leave_once(
    told: Any, at: str, asked: list[str], again: list[str]
) -> None:
    for members, wanted in (("ab", asked), ("a", again)):
        tools, there = Tools(), store(at, *members)
        leave(tools, partial(tuple[StoreFact, ...], [there]), told)
        assert tools.asked == wanted


@pytest.mark.parametrize(
    ("told", "asked"),
    [
        (step(GrowPool, pool="rpool", members=("a", "b")), ["zpool online -e rpool a b"]),
        (
            step(GrowArray, array="/dev/md1", has_pv=True),
            ["mdadm --grow /dev/md1 --quiet --size=max", "pvresize --quiet /dev/md1"],
        ),
        (
            step(GrowArray, array="/dev/md1", has_pv=False),
            ["mdadm --grow /dev/md1 --quiet --size=max"],
        ),
        (
            step(GrowBtrfs, at="/", members=("1", "2")),
            ["btrfs filesystem resize 1:max /", "btrfs filesystem resize 2:max /"],
        ),
    ],
    ids=["pool", "array with a volume group", "array", "btrfs"],
)
def test_a_store_is_told_to_use_everything(told: Any, asked: list[str]) -> None:
    tools = Tools()
    grow(tools, told)
    assert tools.asked == asked
