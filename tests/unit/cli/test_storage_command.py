"""`bedplate storage`: what is wrong with a command line, and what is said after a run."""

from __future__ import annotations

from pathlib import Path

import pytest

from bedplate.cli.changing import How
from bedplate.cli.storage_changing import add_request, check_done, grow_storage, read_storage
from bedplate.errors import ApplyError, UsageError
from bedplate.model.disk_change import Action, DiskChange
from bedplate.model.storage_request import AddRequest, GrowRequest
from bedplate.plan.storage import plan_growth
from bedplate.units import GIB
from tests.support.storage_hosts import lvm_host

NO_SIZES = {"special": None, "log": None, "cache": None}


def test_what_was_said_is_in_bytes() -> None:
    disks = {"data": ["a", "b"], "special": None, "log": ["n"], "cache": ["n"]}
    asked = add_request("tank", disks, {**NO_SIZES, "log": 0.5}, None, insist=True)
    assert asked == AddRequest(
        name="tank",
        data=("a", "b"),
        log=("n",),
        cache=("n",),
        log_size_bytes=GIB // 2,
        insist=True,
    )


def test_everything_that_makes_no_sense_is_said_at_once() -> None:
    disks = {"data": ["a", "b"], "special": None, "log": ["a"], "cache": None}
    sizes = {**NO_SIZES, "cache": 1.0}
    with pytest.raises(UsageError) as caught:
        add_request("tank", disks, sizes, "3K", insist=False)
    assert [(one.code, one.where) for one in caught.value.problems] == [
        ("conflict", "--cache-size"),
        ("invalid-value", "--small-blocks"),
        ("conflict", "--small-blocks"),
        ("duplicate", "a"),
    ]


def test_a_disk_has_to_be_named() -> None:
    disks: dict[str, list[str] | None] = dict.fromkeys(("data", "special", "log", "cache"))
    with pytest.raises(UsageError, match="name a disk"):
        add_request("tank", disks, NO_SIZES, None, insist=False)


@pytest.mark.parametrize("name", ["data", "pve/", "/data", ""])
def test_a_thin_pool_goes_by_its_group_and_its_name(name: str) -> None:
    with pytest.raises(UsageError, match="no thin pool with its volume group"):
        grow_storage(name, None, None, How())


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read: No such file"):
        read_storage(tmp_path / "absent.toml")


def test_what_is_still_to_be_done_after_a_run_is_a_failure() -> None:
    check_done(lambda: DiskChange(action=Action.GROW, made_for=(), steps=()))
    asked = GrowRequest(group="pve", pool="data", size_bytes=110 * GIB)
    with pytest.raises(ApplyError, match="is still to be done: Let pve/data grow from 100 GiB"):
        check_done(lambda: plan_growth(asked, lvm_host()))
