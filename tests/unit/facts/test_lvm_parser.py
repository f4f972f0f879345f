"""`lvm fullreport`."""

from __future__ import annotations

import pytest

from bedplate.errors import FactsError
from bedplate.facts.lvm import parse_fullreport
from bedplate.model.facts import LogicalVolumeFact, VolumeGroupFact
from bedplate.units import GIB, MIB
from tests.captures import captured

OLD = VolumeGroupFact(
    name="old",
    uuid="2ubxND-vnCo-X49h-RiO6-5UGW-7jNq-usXjik",
    size_bytes=4286578688,
    free_bytes=4219469824,
    extent_bytes=4 * MIB,
    pvs=("/dev/ubdf", "/dev/ubdg"),
    volumes=(
        LogicalVolumeFact(
            name="x",
            uuid="Lrc94P-a8ua-QOGr-Q5Le-0W8S-iZTd-rzeG4b",
            size_bytes=64 * MIB,
            kind="linear",
            active=False,
        ),
    ),
)
PVE = VolumeGroupFact(
    name="pve",
    uuid="Yf537B-35rS-CKW2-tPc7-7bK8-QNEj-qyr1xf",
    size_bytes=2076180480,
    free_bytes=834666496,
    extent_bytes=4 * MIB,
    pvs=("/dev/ubda3",),
    volumes=(
        LogicalVolumeFact(
            name="data",
            uuid="rIL33P-MkUW-MwWL-bvAN-fYML-EZg0-E03SaA",
            size_bytes=512 * MIB,
            kind="thin,pool",
            active=True,
            metadata_size_bytes=16 * MIB,
        ),
        LogicalVolumeFact(
            name="root",
            uuid="TKTWlS-52ez-Dsbz-kNph-MC7v-jytO-p95Dij",
            size_bytes=512 * MIB,
            kind="linear",
            active=True,
        ),
        LogicalVolumeFact(
            name="swap",
            uuid="WACbYi-G8Ul-BJF0-TAYM-gI50-SnFr-dJmsL1",
            size_bytes=128 * MIB,
            kind="linear",
            active=True,
        ),
        LogicalVolumeFact(
            name="vm-100-disk-0",
            uuid="OZle6h-ju6q-KoMP-tNJr-EWJr-ntA6-XT7MBN",
            size_bytes=GIB,
            kind="thin,sparse",
            active=True,
        ),
    ),
)

VMDATA = VolumeGroupFact(
    name="vmdata",
    uuid="4pJSuv-uZMd-veMl-hJGg-dX6e-7Fil-nTVWw1",
    size_bytes=3217031168,
    free_bytes=2613051392,
    extent_bytes=4 * MIB,
    pvs=("/dev/ubda1",),
    volumes=(
        LogicalVolumeFact(
            name="vmstore",
            uuid="vS27Th-113p-deL8-w6eE-SQfn-EjI7-r5ro3h",
            size_bytes=512 * MIB,
            kind="thin,pool",
            active=True,
            metadata_size_bytes=32 * MIB,
            data_percent=6.45,
            metadata_percent=10.16,
        ),
        LogicalVolumeFact(
            name="vz",
            uuid="npkPhb-Nwh0-q7J8-CdF5-jTOA-jbk1-sRGzsh",
            size_bytes=GIB,
            kind="thin,sparse",
            active=True,
            pool="vmstore",
        ),
    ),
    spare_bytes=32 * MIB,
)


@pytest.mark.parametrize(
    ("text", "groups"),
    [
        pytest.param(captured("lvm-fullreport-thin-2.03.16.json"), (VMDATA,), id="thin pool"),
        pytest.param(captured("lvm-fullreport-2.03.16.json"), (OLD, PVE), id="two-groups"),
        pytest.param(captured("lvm-fullreport-orphan-pv-2.03.16.json"), (), id="orphan-pv"),
        pytest.param('{"report": [{}]}', (), id="nothing"),
        pytest.param("", (), id="silence"),
    ],
)
def test_volume_groups(text: str, groups: tuple[VolumeGroupFact, ...]) -> None:
    assert parse_fullreport(text) == groups


def test_a_missing_pv_is_counted_not_listed() -> None:
    text = captured("lvm-fullreport-2.03.16.json")
    text = text.replace(
        '"pv_name":"/dev/ubdg", "pv_missing":""', '"pv_name":"[unknown]", "pv_missing":"missing"'
    ).replace('"vg_missing_pv_count":"0"', '"vg_missing_pv_count":"1"', 1)
    expected = OLD.model_copy(update={"pvs": ("/dev/ubdf",), "missing_pvs": 1})
    assert parse_fullreport(text) == (expected, PVE)


@pytest.mark.parametrize(
    "text",
    ["  LV VG", "[]", "{}", '{"report": [{"vg": [{"vg_name": "pve"}]}]}', '{"report": 1}'],
)
def test_other_output_is_refused(text: str) -> None:
    with pytest.raises(FactsError, match="lvm fullreport"):
        parse_fullreport(text)
