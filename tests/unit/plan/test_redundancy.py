"""How many disks a pool can lose."""

from __future__ import annotations

import pytest

from bedplate.model.plan import Vdev
from bedplate.plan.redundancy import tolerance_of_group, tolerance_of_vdev, weakest
from tests.support.storage_hosts import disk, member, vdev

SIX = tuple(member(disk(letter)) for letter in "abcdef")


@pytest.mark.parametrize(
    ("kind", "members", "tolerates"),
    [
        ("disk", 1, 0),
        ("mirror-0", 2, 1),
        ("mirror-3", 3, 2),
        ("raidz1-0", 3, 1),
        ("raidz2-1", 6, 2),
        ("raidz3-0", 5, 3),
        ("draid2:4d:6c:0s-0", 6, 2),
    ],
)
def test_what_a_vdev_that_is_there_can_lose(kind: str, members: int, tolerates: int) -> None:
    assert tolerance_of_group(vdev(kind, *SIX[:members])) == tolerates


@pytest.mark.parametrize(
    ("kind", "members", "tolerates"),
    [("stripe", 1, 0), ("mirror", 2, 1), ("mirror", 3, 2), ("raidz2", 6, 2)],
)
def test_what_a_vdev_that_is_to_be_can_lose(kind: str, members: int, tolerates: int) -> None:
    planned = Vdev.model_validate({"type": kind, "members": [*"abcdef"[:members]]})
    assert tolerance_of_vdev(planned) == tolerates


def test_the_weakest_counts() -> None:
    assert weakest([2, 1, 3]) == 1
    assert weakest([]) == 0
