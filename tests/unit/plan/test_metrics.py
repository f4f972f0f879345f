"""What is measured of a host, from what was found out about its disks."""

from __future__ import annotations

from pathlib import Path

from bedplate.errors import Problem
from bedplate.model.diagnosis import BootDisk, DatedDiagnosis, Diagnosis, Verdict
from bedplate.model.facts import FirmwareKind
from bedplate.model.metric import Metric
from bedplate.model.smart import Condition, DiskHealth, SmartFact, SmartState
from bedplate.model.store import MemberFact, MemberGroup, MemberState, StoreFact
from bedplate.plan.metrics import metrics_of, trial_metric
from bedplate.render.metric_lines import render_prometheus
from tests.support import golden

FAULT = Problem("esp-empty", "ESP", "is empty")
BOOT = (
    BootDisk(
        disk="ata-A",
        title="A",
        verdicts=(
            Verdict(firmware=FirmwareKind.UEFI),
            Verdict(firmware=FirmwareKind.BIOS, warnings=(FAULT, FAULT)),
        ),
    ),
    BootDisk(
        disk="ata-B", title="B", verdicts=(Verdict(firmware=FirmwareKind.UEFI, faults=(FAULT,)),)
    ),
)
LAST = DatedDiagnosis(at=1_700_000_000.75, diagnosis=Diagnosis(disks=BOOT, problems=(FAULT,)))
POOL = StoreFact(
    kind="zfs",
    id="1",
    name="rpool",
    at="rpool",
    groups=(
        MemberGroup(
            type="mirror-0",
            members=(
                MemberFact(id="a", state=MemberState.WELL),
                MemberFact(id="b", state=MemberState.MISSING),
            ),
        ),
    ),
    done=0.25,
    errors=3,
)
WELL = DiskHealth(
    disk="ata-A",
    path="/dev/sda",
    condition=Condition.WELL,
    smart=SmartFact(
        disk="ata-A", state=SmartState.TELLS, temperature_celsius=31, reallocated_sectors=0
    ),
)
OFF = DiskHealth(
    disk="ata-B",
    path="/dev/sdb",
    condition=Condition.OFF,
    smart=SmartFact(disk="ata-B", state=SmartState.OFF),
)


def numbers(found: tuple[Metric, ...], name: str) -> dict[str, float]:
    """The samples of a metric, by the values of their labels."""
    return {
        " ".join(value for _, value in sample.labels): sample.value
        for metric in found
        if metric.name == name
        for sample in metric.samples
    }


def test_a_disk_that_would_not_start_the_host_is_0() -> None:
    found = metrics_of(LAST, (), ())
    assert numbers(found, "boot_disk_starts") == {"ata-A uefi": 1, "ata-A bios": 1, "ata-B uefi": 0}
    assert numbers(found, "boot_disk_warnings")["ata-A bios"] == 2
    assert numbers(found, "problems") == {"": 1}
    assert numbers(found, "diagnosis_timestamp_seconds") == {"": 1_700_000_000}


def test_members_are_counted_by_how_they_are() -> None:
    found = metrics_of(None, (), (POOL,))
    assert numbers(found, "store_members") == {
        "rpool zfs well": 1,
        "rpool zfs joining": 0,
        "rpool zfs failed": 0,
        "rpool zfs missing": 1,
    }
    assert numbers(found, "store_joined_ratio") == {"rpool zfs": 0.25}
    assert numbers(found, "store_errors") == {"rpool zfs": 3}


def test_what_a_disk_does_not_count_is_no_number() -> None:
    found = metrics_of(None, (WELL, OFF), ())
    assert numbers(found, "disk_condition") == {"ata-A well": 1, "ata-B off": 1}
    assert numbers(found, "disk_temperature_celsius") == {"ata-A": 31}
    assert numbers(found, "disk_reallocated_sectors") == {"ata-A": 0}
    assert numbers(found, "disk_pending_sectors") == {}


def test_a_host_without_anything_has_no_metric() -> None:
    assert metrics_of(None, (), ()) == ()
    (check,) = trial_metric()
    assert check.samples[0].value == 1


def test_all_of_it_as_prometheus_reads_it() -> None:
    text = render_prometheus(metrics_of(LAST, (WELL, OFF), (POOL,)))
    golden.compare(Path(__file__).parents[2] / "golden" / "metrics" / "host.prom", text)


def test_two_esps_of_one_disk_are_one_disk() -> None:
    twice = DatedDiagnosis(at=0, diagnosis=Diagnosis(disks=(BOOT[0], BOOT[0])))
    assert len(numbers(metrics_of(twice, (), ()), "boot_disk_starts")) == 2
    assert all(
        len(one.samples) == len({sample.labels for sample in one.samples})
        for one in metrics_of(twice, (WELL, WELL), (POOL, POOL))
    )
