"""`bedplate disk health` as an administrator meets it; the verdicts are in tests/unit/plan."""

from __future__ import annotations

import json
import os

import pytest

from bedplate.cli import disk_health
from bedplate.cli.main import run_command
from bedplate.errors import ExitCode
from bedplate.facts.tools import MissingTool
from bedplate.model.facts import DiskFact
from bedplate.model.smart import SmartFact, SmartState
from bedplate.run import Result
from tests.unit.plan.builders import disk

A, B, C, D, E = disks = tuple(disk(letter) for letter in "abcde")
TELLS = SmartState.TELLS
ATA = SmartFact(
    disk=A.id,
    state=TELLS,
    passed=True,
    reallocated_sectors=2,
    pending_sectors=0,
    uncorrectable_sectors=0,
    temperature_celsius=34,
    power_on_hours=2000,
)
NVME = SmartFact(
    disk=B.id,
    state=TELLS,
    passed=False,
    critical_warning=1,
    media_errors=3,
    percentage_used=90,
    spare_percent=4,
    spare_limit_percent=10,
)
SCSI = SmartFact(disk=C.id, state=TELLS, passed=True, grown_defects=5, media_errors=0)
NONE = SmartFact(disk=D.id, state=SmartState.NONE, said="Unable to detect device type")
SILENT = SmartFact(disk=E.id, state=SmartState.SILENT, said="did not end within 20 seconds")

TABLE = """\
path      health   model  serial  slot  counts
/dev/sda  well     DISK   S-a     3     2 reallocated, 0 pending, 0 uncorrectable, 34 °C, 2000 hours
/dev/sdb  failing  DISK   S-b           3 media errors, 90 % used, 4 % spare
/dev/sdc  well     DISK   S-c           5 grown defects, 0 media errors
/dev/sdd  unknown  DISK   S-d           has no SMART
/dev/sde  silent   DISK   S-e           no answer
"""
PROBLEMS = """\
problem[disk-failing] DISK, serial S-b, /dev/sdb: says that it is failing: its spare blocks are \
used up; 3 error(s) could not be corrected
    hint: if the host uses it: `bedplate disk replace S-b NEW`
problem[disk-silent] DISK, serial S-e, /dev/sde: does not say how it is: did not end within 20 \
seconds
    hint: see `smartctl -x /dev/sde` and the kernel log
"""


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[DiskFact, SmartFact]]:
    """What is there, to be filled in: disks and what they say."""
    there: list[tuple[DiskFact, SmartFact]] = []
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(disk_health, "probe_disk_facts", lambda _run: tuple(d for d, _ in there))
    monkeypatch.setattr(disk_health, "probe_smart", lambda _run, _disks: tuple(f for _, f in there))
    return there


def test_a_line_for_each_disk_and_below_it_what_is_to_be_done(
    asked: list[tuple[DiskFact, SmartFact]], capsys: pytest.CaptureFixture[str]
) -> None:
    in_a_bay = A.model_copy(update={"slot": "3"})
    asked += zip((in_a_bay, B, C, D, E), (ATA, NVME, SCSI, NONE, SILENT), strict=True)
    assert run_command(["disk", "health"]) == ExitCode.DIFFERS
    said = capsys.readouterr()
    assert "\n".join(line.rstrip() for line in said.out.splitlines()) + "\n" == TABLE
    assert said.err == PROBLEMS


def test_programs_get_the_same(
    asked: list[tuple[DiskFact, SmartFact]], capsys: pytest.CaptureFixture[str]
) -> None:
    asked += [(B, NVME)]
    assert run_command(["disk", "health", "--json"]) == ExitCode.DIFFERS
    said = capsys.readouterr()
    assert said.err == ""
    (found,) = json.loads(said.out)
    assert (found["disk"], found["condition"]) == (B.id, "failing")
    assert found["smart"]["spare_percent"] == 4


def test_disks_that_are_well_or_cannot_be_asked_are_no_trouble(
    asked: list[tuple[DiskFact, SmartFact]],
) -> None:
    asked += [(A, ATA), (D, NONE)]
    assert run_command(["disk", "health"]) == ExitCode.OK


def test_smart_is_switched_on_where_it_is_off_and_the_disk_asked_again(
    asked: list[tuple[DiskFact, SmartFact]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    off = SmartFact(disk=A.id, state=SmartState.OFF)
    stubborn = SmartFact(disk=B.id, state=SmartState.OFF)
    asked += [(A, off), (B, stubborn), (C, SCSI)]
    said: list[list[str]] = []

    def smartctl(argv: list[str], **_: object) -> Result:
        said.append(argv)
        return Result(tuple(argv), 4 if argv[-1] == B.path else 64, "", "")

    def probed(_run: object, disks: tuple[DiskFact, ...]) -> tuple[SmartFact, ...]:
        there = {fact.disk: fact for _, fact in asked}
        return tuple(ATA if said and disk == A else there[disk.id] for disk in disks)

    monkeypatch.setattr(disk_health, "run", smartctl)
    monkeypatch.setattr(disk_health, "probe_smart", probed)
    assert run_command(["disk", "health", "--no-enable"]) == ExitCode.DIFFERS
    assert said == []
    capsys.readouterr()
    run_command(["disk", "health", "--json"])
    assert said == [["smartctl", "--smart=on", A.path], ["smartctl", "--smart=on", B.path]]
    out, err = capsys.readouterr()
    assert f"{A.path}: SMART was off, and is on now." in err
    assert [one["smart"]["state"] for one in json.loads(out)] == ["tells", "off", "tells"]


def test_without_smartctl_it_is_said_what_to_install(
    asked: list[tuple[DiskFact, SmartFact]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def missing(_run: object, _disks: object) -> None:
        raise MissingTool("smartctl")

    monkeypatch.setattr(disk_health, "probe_smart", missing)
    assert run_command(["disk", "health"]) == ExitCode.FAILED
    assert capsys.readouterr().err == (
        "error[tool-missing] smartctl: is not installed, and no disk can be asked without it\n"
        "    hint: `apt install smartmontools`\n"
    )
