"""The disk half of installs on real LVM and md: finished, broken off, killed and taken up again.

udev is as it is on any Debian: it starts arrays as their members appear, and volume groups on them.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bedplate.errors import ExitCode
from bedplate.units import GIB
from tests.support.checksum import image_checksum
from tests.support.uml import Uml

SCENARIO = "tests/uml/scenarios/lvm_storage.py"
AGAIN = "tests/uml/scenarios/apply_again.py"
NOTHING = {"active": [], "arrays": [], "mounted": 0}


def carried_out(uml: Uml, way: str, layout: str = "lvm-thin") -> dict[str, Any]:
    return read(uml.run_python(SCENARIO, layout, way, deadline=600).out / "report.json")


def read(path: Path) -> dict[str, Any]:
    value = json.loads(path.read_text())
    assert isinstance(value, dict)
    return value


def check_done(report: dict[str, Any]) -> None:
    assert (report["error"], report["differences"], report["left"]) == (None, [], NOTHING)
    assert report["volumes"] == report["planned"]


def applied_again(uml: Uml, way: str) -> dict[str, Any]:
    """How a machine that knows nothing of the run fares with its plan; the disks are as before."""
    image = uml.add_disk(32 * GIB)
    plan = uml.run_python(SCENARIO, "lvm-thin", way, deadline=600).out / "plan.json"
    before = image_checksum(image)
    ending = read(uml.run_python(AGAIN, str(plan), deadline=300).out / "ending.json")
    assert image_checksum(image) == before
    return ending


def test_the_same_plan_again_finds_nothing_to_do_and_writes_nothing(uml: Uml) -> None:
    assert applied_again(uml, "whole") == {
        "code": ExitCode.OK,
        "said": ["node1.example.com is installed already, by this very plan: nothing to do."],
        "written": 0,
    }


def test_a_run_broken_off_before_its_last_step_is_not_taken_for_a_finished_one(uml: Uml) -> None:
    ending = applied_again(uml, "unmarked")
    assert (ending["code"], ending["written"]) == (ExitCode.REFUSED, 0)
    assert "has changed since the plan was made (table, guid, partitions" in ending["said"][-2]


def test_volumes_have_the_planned_sizes_and_nothing_stays_active(uml: Uml) -> None:
    uml.add_disk(32 * GIB)
    check_done(carried_out(uml, "whole"))


@pytest.mark.parametrize(("layout", "disks"), [("lvm-thin", 1), ("lvm-mirror", 2)])
def test_a_broken_run_leaves_nothing_active_and_a_second_one_succeeds(
    uml: Uml, layout: str, disks: int
) -> None:
    for _ in range(disks):
        uml.add_disk(16 * GIB)
    broken = carried_out(uml, "broken", layout)
    assert "broken on purpose" in broken["error"]
    assert broken["left"] == NOTHING
    check_done(carried_out(uml, "whole", layout))


def test_a_run_stopped_at_the_thin_pool_leaves_nothing_active_and_a_second_one_succeeds(
    uml: Uml,
) -> None:
    uml.add_disk(32 * GIB)
    stopped = carried_out(uml, "stopped")
    assert "stopped by SIGTERM; nothing was left" in stopped["error"]
    assert stopped["left"] == NOTHING
    check_done(carried_out(uml, "whole"))


def test_a_broken_run_is_taken_up_where_it_stopped(uml: Uml) -> None:
    uml.add_disk(32 * GIB)
    check_done(carried_out(uml, "resume"))


def test_what_a_killed_run_left_running_does_not_stop_the_next(uml: Uml) -> None:
    uml.add_disk(16 * GIB)
    uml.add_disk(16 * GIB)
    report = carried_out(uml, "killed", "lvm-mirror")
    left = {"active": ["data", "root", "swap"], "arrays": ["md127"], "mounted": 0}
    assert report["broken_off"] == left
    check_done(report)
