"""What is sent of a host, in the words of every server, and as the packets that carry it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bedplate.errors import Problem
from bedplate.model.diagnosis import BootDisk, DatedDiagnosis, Diagnosis, Verdict
from bedplate.model.facts import FirmwareKind, PoolFact, VolumeGroupFact
from bedplate.model.metric import Metric
from bedplate.model.smart import Condition, DiskHealth, SmartFact, SmartState
from bedplate.model.store import MemberFact, MemberGroup, MemberState, StoreFact
from bedplate.plan.metrics import metrics_of, trial_metric
from bedplate.render.metric_lines import graphite_lines, influx_lines, packets, render_prometheus
from tests.support import golden
from tests.support.metric_formats import parse_graphite, parse_influx, parse_prometheus

HERE = Path(__file__).parent / "metrics"
AT = 1_700_000_000
SMALL = 512
FAULT = Problem("esp-file-missing", "ESP", "loader.conf is missing")
BIOS, UEFI = FirmwareKind.BIOS, FirmwareKind.UEFI


def boot_disk(name: str, *verdicts: Verdict, in_sync: bool, free_bytes: int | None) -> BootDisk:
    return BootDisk(
        disk=name,
        title=name,
        esp=f"/dev/{name}2",
        esp_in_sync=in_sync,
        esp_free_bytes=free_bytes,
        verdicts=verdicts,
    )


def disk(name: str, condition: Condition, state: SmartState, **counts: int) -> DiskHealth:
    smart = SmartFact.model_validate({"disk": name, "state": state, **counts})
    return DiskHealth(disk=name, path=f"/dev/{name}", condition=condition, smart=smart)


def store(kind: str, name: str, *states: MemberState, **more: object) -> StoreFact:
    members = tuple(MemberFact(id=str(n), state=state) for n, state in enumerate(states))
    groups = (MemberGroup(type="mirror-0", members=members),)
    named = {"kind": kind, "id": f"{kind} {name}", "name": name, "at": name, "groups": groups}
    return StoreFact.model_validate(named | more)


def pool(name: str, state: str) -> PoolFact:
    return PoolFact(name=name, guid=name, state=state, imported=True)


def group(name: str, missing: int) -> VolumeGroupFact:
    return VolumeGroupFact(
        name=name, uuid=name, size_bytes=0, free_bytes=0, extent_bytes=0, missing_pvs=missing
    )


def told(at: float, *disks: BootDisk, problems: tuple[Problem, ...] = ()) -> DatedDiagnosis:
    return DatedDiagnosis(at=at, diagnosis=Diagnosis(disks=disks, problems=problems))


WELL = metrics_of(
    told(
        AT - 600.5,
        boot_disk(
            "ata-A", Verdict(firmware=BIOS), Verdict(firmware=UEFI), in_sync=True, free_bytes=4
        ),
        boot_disk("nvme-B", Verdict(firmware=UEFI), in_sync=True, free_bytes=2**30),
    ),
    (
        disk(
            "ata-A",
            Condition.WELL,
            SmartState.TELLS,
            temperature_celsius=31,
            power_on_hours=40_000,
            reallocated_sectors=0,
            pending_sectors=0,
            uncorrectable_sectors=0,
        ),
        disk(
            "nvme-B",
            Condition.WELL,
            SmartState.TELLS,
            temperature_celsius=-4,
            power_on_hours=1,
            media_errors=0,
            percentage_used=3,
            spare_percent=100,
        ),
        disk("scsi-C", Condition.WELL, SmartState.TELLS, grown_defects=0, media_errors=0),
    ),
    (store("zfs", "rpool", MemberState.WELL, MemberState.WELL),),
    (pool("rpool", "ONLINE"),),
    (group("pve", 0),),
)

ILL = metrics_of(
    told(
        AT - 9000,
        boot_disk(
            "ata-A",
            Verdict(firmware=BIOS, warnings=(FAULT, FAULT)),
            Verdict(firmware=UEFI, faults=(FAULT,)),
            in_sync=False,
            free_bytes=0,
        ),
        boot_disk("ata-B", Verdict(firmware=UEFI, faults=(FAULT,)), in_sync=False, free_bytes=None),
        problems=(FAULT, FAULT),
    ),
    (
        disk("ata-A", Condition.FAILING, SmartState.TELLS, reallocated_sectors=2**40),
        disk("ata-B", Condition.SILENT, SmartState.SILENT),
        disk("ata-C", Condition.OFF, SmartState.OFF),
        disk("ata-D", Condition.UNKNOWN, SmartState.NONE),
        disk("ata-E", Condition.AILING, SmartState.TELLS, pending_sectors=8, media_errors=1),
    ),
    (
        store("zfs", "rpool", MemberState.WELL, MemberState.MISSING, errors=3),
        store("md", "host:0", MemberState.WELL, MemberState.JOINING, done=1 / 3),
        store("btrfs", "root", MemberState.WELL, MemberState.FAILED, errors=2**63),
    ),
    (pool("rpool", "DEGRADED"), pool("tank", "SUSPENDED")),
    (group("pve", 1),),
)

ODD = metrics_of(
    None,
    (
        disk("ata-X\\x20Y.Z", Condition.WELL, SmartState.TELLS, temperature_celsius=20),
        disk('usb-a b,c=d"e\\', Condition.WELL, SmartState.TELLS, temperature_celsius=21),
        disk("wwn-0x5000\nc500", Condition.WELL, SmartState.TELLS, temperature_celsius=22),
        disk("ümlaut", Condition.WELL, SmartState.TELLS, temperature_celsius=23),
    ),
    (
        store("md", "host.example.com:0", MemberState.WELL),
        store("btrfs", "a label, of=its own", MemberState.WELL),
        store("btrfs", "", MemberState.WELL),
        store("btrfs", "twice", MemberState.WELL, id="b1"),
        store("btrfs", "twice", MemberState.MISSING, id="b2"),
        store("md", "twice", MemberState.WELL),
    ),
    (),
    (group("pve", 0), group("pve", 1).model_copy(update={"uuid": "u2"})),
)

HOSTS: dict[str, tuple[Metric, ...]] = {
    "well": WELL,
    "ill": ILL,
    "odd-names": ODD,
    "check": trial_metric(),
}


def total(host: str) -> int:
    return sum(len(metric.samples) for metric in HOSTS[host])


@pytest.mark.parametrize("host", HOSTS)
def test_for_graphite(host: str) -> None:
    text = "".join(graphite_lines(HOSTS[host], "proxmox", "pve1", AT))
    golden.compare(HERE / f"{host}.graphite", text)
    names = [name for name, _, _ in parse_graphite(text)]
    assert len(names) == len(set(names)) == total(host)


@pytest.mark.parametrize("host", HOSTS)
def test_for_influxdb(host: str) -> None:
    text = "".join(influx_lines(HOSTS[host], "pve1", AT))
    golden.compare(HERE / f"{host}.influx", text)
    series = {(point.measurement, *sorted(point.tags.items())) for point in parse_influx(text)}
    assert len(series) == total(host)


@pytest.mark.parametrize("host", HOSTS)
def test_for_prometheus(host: str) -> None:
    text = render_prometheus(HOSTS[host])
    golden.compare(HERE / f"{host}.prom", text)
    series = {(one.name, *sorted(one.labels.items())) for one in parse_prometheus(text)}
    assert len(series) == total(host)


@pytest.mark.parametrize("host", ["well", "ill"])
def test_in_packets(host: str) -> None:
    pieces = [*packets(influx_lines(HOSTS[host], "pve1", AT), SMALL)]
    shown = "".join(f"-- {len(piece)} bytes\n{piece.decode()}" for piece in pieces)
    golden.compare(HERE / f"{host}.packets", shown)
    assert max(map(len, pieces)) <= SMALL


def test_every_golden_is_still_compared() -> None:
    kinds = ("graphite", "influx", "prom")
    packed = {f"{host}.packets" for host in ("well", "ill")}
    wanted = {f"{host}.{kind}" for host in HOSTS for kind in kinds} | packed
    # Of tests/unit/plan.
    assert {path.name for path in HERE.iterdir()} == wanted | {"host.prom"}
