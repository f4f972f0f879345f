"""The disk half of an lvm-thin install on real LVM, finished, broken off and taken up again."""

from __future__ import annotations

import json
from typing import Any

from bedplate.units import GIB
from tests.support.uml import Uml

SCENARIO = "tests/uml/scenarios/lvm_storage.py"


def carried_out(uml: Uml, way: str) -> dict[str, Any]:
    report = json.loads(
        (uml.run_python(SCENARIO, way, deadline=300).out / "report.json").read_text()
    )
    assert isinstance(report, dict)
    return report


def test_volumes_have_the_planned_sizes_and_nothing_stays_active(uml: Uml) -> None:
    uml.add_disk(32 * GIB)
    report = carried_out(uml, "whole")
    assert (report["error"], report["differences"]) == (None, [])
    assert (report["active"], report["mounted"]) == ([], 0)
    assert report["volumes"] == report["planned"]


def test_a_broken_run_leaves_nothing_active_and_a_second_one_succeeds(uml: Uml) -> None:
    uml.add_disk(32 * GIB)
    broken = carried_out(uml, "broken")
    assert "broken on purpose" in broken["error"]
    assert (broken["active"], broken["mounted"]) == ([], 0)
    again = carried_out(uml, "whole")
    assert (again["error"], again["differences"], again["active"]) == (None, [], [])


def test_a_run_stopped_at_the_thin_pool_leaves_nothing_active_and_a_second_one_succeeds(
    uml: Uml,
) -> None:
    uml.add_disk(32 * GIB)
    stopped = carried_out(uml, "stopped")
    assert "stopped by SIGTERM; nothing was left" in stopped["error"]
    assert (stopped["active"], stopped["mounted"]) == ([], 0)
    again = carried_out(uml, "whole")
    assert (again["error"], again["differences"], again["active"]) == (None, [], [])


def test_a_broken_run_is_taken_up_where_it_stopped(uml: Uml) -> None:
    uml.add_disk(32 * GIB)
    report = carried_out(uml, "resume")
    assert (report["error"], report["differences"], report["active"]) == (None, [], [])
