"""What is to be thought of a disk: one that is well, and one thing about it at a time."""

from __future__ import annotations

import pytest

from bedplate.model.smart import Condition, SmartFact, SmartState
from bedplate.plan.disk_health import in_words, judge, problems_of, short_name
from tests.unit.plan.builders import disk

DISK = disk("a")
WELL, AILING, FAILING, SILENT, ASLEEP, OFF, UNKNOWN = Condition
ATA = SmartFact(
    disk=DISK.id,
    state=SmartState.TELLS,
    passed=True,
    reallocated_sectors=0,
    pending_sectors=0,
    uncorrectable_sectors=0,
    temperature_celsius=34,
    power_on_hours=20000,
)
NVME = SmartFact(
    disk=DISK.id,
    state=SmartState.TELLS,
    passed=True,
    critical_warning=0,
    media_errors=0,
    percentage_used=3,
    spare_percent=100,
    spare_limit_percent=10,
)
SCSI = SmartFact(disk=DISK.id, state=SmartState.TELLS, passed=True, grown_defects=0, media_errors=0)


def no_answer(state: SmartState, said: str | None = None) -> SmartFact:
    return SmartFact(disk=DISK.id, state=state, said=said)


@pytest.mark.parametrize(
    ("fact", "condition", "words"),
    [
        (ATA, WELL, "says that it is well"),
        (NVME, WELL, "says that it is well"),
        (SCSI, WELL, "says that it is well"),
        (ATA.model_copy(update={"reallocated_sectors": 7}), WELL, "says that it is well"),
        (SCSI.model_copy(update={"grown_defects": 7}), WELL, "says that it is well"),
        (
            ATA.model_copy(update={"pending_sectors": 8, "uncorrectable_sectors": 2}),
            AILING,
            "is not sound: 8 sector(s) could not be read; 2 sector(s) are beyond repair",
        ),
        (
            ATA.model_copy(update={"failed_attributes": ("Spin_Retry_Count",)}),
            AILING,
            "is not sound: Spin_Retry_Count is below its limit",
        ),
        (
            ATA.model_copy(
                update={
                    "passed": False,
                    "failed_attributes": ("Reallocated_Sector_Ct",),
                    "pending_sectors": 8,
                }
            ),
            FAILING,
            "says that it is failing: Reallocated_Sector_Ct is below its limit; 8 sector(s) could "
            "not be read",
        ),
        (SCSI.model_copy(update={"passed": False}), FAILING, "says that it is failing"),
        (
            SCSI.model_copy(update={"media_errors": 3}),
            AILING,
            "is not sound: 3 error(s) could not be corrected",
        ),
        (
            NVME.model_copy(update={"passed": False, "critical_warning": 0x09}),
            FAILING,
            "says that it is failing: its spare blocks are used up; it can only be read any more",
        ),
        (
            NVME.model_copy(update={"passed": False, "critical_warning": 0x02}),
            AILING,
            "is not sound: it is too hot or too cold",
        ),
        (
            NVME.model_copy(update={"passed": False, "critical_warning": 0x06}),
            FAILING,
            "says that it is failing: it is too hot or too cold; it became unreliable by too many "
            "errors",
        ),
        (
            NVME.model_copy(update={"percentage_used": 104}),
            AILING,
            "is not sound: 104 % of its life is used",
        ),
        (
            no_answer(SmartState.SILENT, "Device open failed"),
            SILENT,
            "does not say how it is: Device open failed",
        ),
        (no_answer(SmartState.OFF), OFF, "could say how it is, and SMART is switched off"),
        (no_answer(SmartState.NONE, "Unable to detect device type"), UNKNOWN, None),
        (no_answer(SmartState.ASLEEP, "Device is in STANDBY mode, exit(2)"), ASLEEP, None),
    ],
    ids=[
        "an ATA disk",
        "an NVMe drive",
        "a SAS disk",
        "sectors that were replaced",
        "defects that were replaced",
        "sectors that cannot be read",
        "an attribute below its limit",
        "an ATA disk that fails",
        "a SAS disk that fails",
        "errors that were not corrected",
        "an NVMe drive that fails",
        "a hot one",
        "a hot one that fails",
        "a worn one",
        "one that does not answer",
        "one that was told not to",
        "one without SMART",
        "one that stands still",
    ],
)
def test_what_is_to_be_thought_of_a_disk(
    fact: SmartFact, condition: Condition, words: str | None
) -> None:
    found = judge(DISK, fact)
    assert (found.condition, in_words(found)) == (condition, words)


def test_only_what_somebody_can_do_something_about_is_a_problem() -> None:
    facts = (
        ATA,
        ATA.model_copy(update={"passed": False}),
        ATA.model_copy(update={"pending_sectors": 1}),
        no_answer(SmartState.SILENT),
        no_answer(SmartState.OFF),
        no_answer(SmartState.NONE),
        no_answer(SmartState.ASLEEP),
    )
    found = [judge(disk(letter), fact) for letter, fact in zip("abcdefg", facts, strict=True)]
    problems = tuple(problems_of(found))
    assert [(problem.code, problem.where) for problem in problems] == [
        ("disk-failing", "DISK, serial S-b, /dev/sdb"),
        ("disk-ailing", "DISK, serial S-c, /dev/sdc"),
        ("disk-silent", "DISK, serial S-d, /dev/sdd"),
        ("smart-off", "DISK, serial S-e, /dev/sde"),
    ]
    assert problems[0].hint == "if the host uses it: `bedplate disk replace S-b NEW`"


@pytest.mark.parametrize(
    ("serial", "serials", "name"),
    [
        ("WD-WCC4N1", ["WD-WCC4N1", "S2", None], "WD-WCC4N1"),
        ("S1", ["S1", "S1"], "ata-X"),
        ("S1 (old)", ["S1 (old)"], "ata-X"),
        (None, [None, None], "ata-X"),
    ],
    ids=["as printed", "two namespaces of one drive", "no word for a shell", "none"],
)
def test_a_disk_goes_by_its_serial_number_where_that_is_clear(
    serial: str | None, serials: list[str | None], name: str
) -> None:
    assert short_name(serial, "ata-X", serials) == name
