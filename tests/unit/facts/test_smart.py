"""What disks say of themselves, from smartctl's JSON.

The captures are of emulated disks, none of which is ill. What an ill one says, and a SAS disk, is
put into them in the form that smartctl gives it.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from bedplate.errors import CommandError, FactsError, Problem
from bedplate.facts import smart
from bedplate.facts.smart import parse_smart, probe_smart
from bedplate.facts.tools import MissingTool
from bedplate.model.smart import SmartFact, SmartState
from bedplate.run import Result
from tests.captures import captured
from tests.unit.facts.recorded import Recorded
from tests.unit.plan.builders import disk

TELLS, OFF, NONE, SILENT, ASLEEP = SmartState
ATA = captured("smartctl-ata-7.4.json")
NVME = captured("smartctl-nvme-7.4.json")
SCSI = captured("smartctl-scsi-none-7.4.json")
VIRTIO = captured("smartctl-virtio-7.4.json")
GONE = captured("smartctl-gone-7.4.json")

ATA_FACT = SmartFact(
    disk="d",
    state=TELLS,
    passed=True,
    reallocated_sectors=0,
    temperature_celsius=31,
    power_on_hours=1,
)
NVME_FACT = SmartFact(
    disk="d",
    state=TELLS,
    passed=True,
    critical_warning=0,
    media_errors=0,
    percentage_used=0,
    spare_percent=0,
    spare_limit_percent=0,
    temperature_celsius=50,
    power_on_hours=0,
)


def changed(text: str, status: int = 0, **changes: object) -> str:
    """The same answer with other values, and another exit code of smartctl."""
    said = json.loads(text)
    said["smartctl"]["exit_status"] = status
    return json.dumps(said | changes)


def asleep(how: str) -> str:
    """What smartctl says of a disk that stands still, and that it was told not to wake."""
    said = json.loads(GONE)
    text = f"Device is in {how} mode, exit(2)"
    said["smartctl"]["messages"] = [{"string": text, "severity": "information"}]
    return json.dumps(said)


def with_attributes(*attributes: dict[str, Any], passed: bool = False) -> str:
    """The ATA disk, these attributes instead of those of the same number, or beside them."""
    table = {one["id"]: one for one in json.loads(ATA)["ata_smart_attributes"]["table"]}
    plain = table[5]
    for one in attributes:
        table[one["id"]] = plain | one
    whole = {"revision": 1, "table": list(table.values())}
    status = {"passed": passed}
    return changed(ATA, 8 | 16, smart_status=status, ata_smart_attributes=whole)


def raw(text: str, value: int = 0) -> dict[str, Any]:
    return {"value": value, "string": text}


FAILING = with_attributes(
    {"id": 5, "raw": raw("2040"), "value": 20, "when_failed": "now"},
    {"id": 197, "name": "Current_Pending_Sector", "raw": raw("8 (0 3)", 8 | 3 << 32)},
    {"id": 198, "name": "Offline_Uncorrectable", "raw": raw("2")},
    {"id": 10, "name": "Spin_Retry_Count", "raw": raw("0"), "when_failed": "past"},
    {
        "id": 202,
        "name": "Percent_Lifetime_Remain",
        "raw": raw("0"),
        "when_failed": "now",
        "flags": {"prefailure": False},
    },
)
NVME_LOG = json.loads(NVME)["nvme_smart_health_information_log"]
SAS = changed(
    SCSI,
    smart_support={"available": True, "enabled": True},
    smart_status={"passed": True},
    temperature={"current": 41, "drive_trip": 65},
    power_on_time={"hours": 64579, "minutes": 53},
    scsi_grown_defect_list=4,
    scsi_error_counter_log={
        "read": {"total_uncorrected_errors": 3},
        "write": {"total_uncorrected_errors": 1},
    },
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (ATA, ATA_FACT),
        (NVME, NVME_FACT),
        (
            SAS,
            SmartFact(
                disk="d",
                state=TELLS,
                passed=True,
                grown_defects=4,
                media_errors=4,
                temperature_celsius=41,
                power_on_hours=64579,
            ),
        ),
        (
            FAILING,
            ATA_FACT.model_copy(
                update={
                    "passed": False,
                    "failed_attributes": ("Reallocated_Sector_Ct",),
                    "reallocated_sectors": 2040,
                    "pending_sectors": 8,
                    "uncorrectable_sectors": 2,
                }
            ),
        ),
        (
            changed(
                NVME,
                8,
                smart_status={"passed": False, "nvme": {"value": 4}},
                nvme_smart_health_information_log=NVME_LOG
                | {"critical_warning": 4, "media_errors": 7},
            ),
            NVME_FACT.model_copy(
                update={"passed": False, "critical_warning": 4, "media_errors": 7}
            ),
        ),
    ],
    ids=["ATA", "NVMe", "SAS", "an ATA disk that fails", "an NVMe drive that fails"],
)
def test_what_each_kind_of_disk_counts(text: str, expected: SmartFact) -> None:
    assert parse_smart(text, "d") == expected


@pytest.mark.parametrize(
    ("text", "state", "said"),
    [
        (VIRTIO, NONE, "/dev/vda: Unable to detect device type"),
        (SCSI, NONE, None),
        (
            captured("smartctl-usb-7.4.json"),
            NONE,
            "/dev/sdd: Unknown USB bridge [0x46f4:0x0001 (0x000)]",
        ),
        (GONE, SILENT, "Smartctl open device: /dev/sdz failed: No such device"),
        (captured("smartctl-ata-refused-7.4.json"), SILENT, "it refused a SMART command"),
        (changed(ATA, 4, smart_support={"available": True, "enabled": False}), OFF, None),
        (changed(ATA, 4, smart_support={"available": False}), NONE, None),
        (asleep("STANDBY"), ASLEEP, "Device is in STANDBY mode, exit(2)"),
        (
            asleep("STANDBY BY COMMAND"),
            ASLEEP,
            "Device is in STANDBY BY COMMAND mode, exit(2)",
        ),
    ],
    ids=[
        "virtio",
        "SCSI",
        "a USB bridge",
        "gone",
        "it refuses",
        "off",
        "an ATA disk without",
        "an ATA disk that stands still",
        "a SAS disk that stands still",
    ],
)
def test_no_answer_is_no_smart_or_smart_that_is_off_or_silence(
    text: str, state: SmartState, said: str | None
) -> None:
    assert parse_smart(text, "d") == SmartFact(disk="d", state=state, said=said)


def test_a_command_that_fails_beside_others_that_do_not_is_no_silence() -> None:
    """Bit 2 of smartctl's exit code may be about anything that was asked for."""
    assert parse_smart(changed(ATA, 4), "d") == ATA_FACT


@pytest.mark.parametrize(
    "text",
    [
        "smartctl 6.6: invalid option -- '-'\n",
        "",
        "[]",
        "{}",
        json.dumps({"smartctl": {"exit_status": 0}, "smart_status": {"passed": "perhaps"}}),
        json.dumps({"smartctl": {"exit_status": 0}, "temperature": 5}),
    ],
    ids=["no JSON", "nothing", "a list", "nothing in it", "a word for a number", "a number"],
)
def test_what_is_no_answer_of_smartctl_is_not_understood(text: str) -> None:
    with pytest.raises(FactsError):
        parse_smart(text, "d")


def asked(letter: str) -> str:
    return f"smartctl --json=c -H -A -i /dev/sd{letter}"


def test_each_disk_answers_for_itself() -> None:
    late = CommandError(Problem("command-timeout", asked("c"), "did not end within 20 seconds"))
    run = Recorded(
        {
            asked("a"): ATA,
            asked("b"): (2, GONE, ""),
            asked("c"): late,
            asked("d"): (1, VIRTIO, ""),
            asked("e"): (1, "Usage: smartctl", ""),
        }
    )
    found = probe_smart(run, [disk(letter) for letter in "abcde"])
    assert [(one.disk, one.state) for one in found] == [
        ("ata-DISK_S-a", TELLS),
        ("ata-DISK_S-b", SILENT),
        ("ata-DISK_S-c", SILENT),
        ("ata-DISK_S-d", NONE),
        ("ata-DISK_S-e", SILENT),
    ]
    assert found[2].said == "did not end within 20 seconds"


def test_a_disk_that_stands_still_is_woken_only_by_who_says_so() -> None:
    run = Recorded({asked("a"): ATA, f"{asked('a')[:-9]} -n standby /dev/sda": asleep("STANDBY")})
    assert [one.state for one in probe_smart(run, [disk("a")])] == [TELLS]
    assert [one.state for one in probe_smart(run, [disk("a")], wake=False)] == [ASLEEP]


def test_a_disk_has_a_deadline_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    deadlines: list[float] = []

    def recorded(*_: object, timeout: float, **_how: object) -> Result:
        deadlines.append(timeout)
        return Result((), 0, ATA, "")

    monkeypatch.setattr(smart, "ask", recorded)
    probe_smart(Recorded({}), [disk("a"), disk("b")])
    assert deadlines == [20.0, 20.0]


def test_without_smartctl_no_disk_can_be_asked_and_nothing_else_is_ended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Other threads look at other things meanwhile."""
    monkeypatch.setattr("bedplate.run.terminate_running", lambda: pytest.fail("ended programs"))
    missing = CommandError(Problem("tool-missing", "smartctl", "is not installed"))
    with pytest.raises(MissingTool, match="smartctl"):
        probe_smart(Recorded({asked("a"): missing}), [disk("a")])
    assert probe_smart(Recorded({}), []) == ()
