"""The boot disks that a host was given: those of its installation, or of replacements since."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bedplate.facts.known_disks import probe_known_disks
from bedplate.model.known_disk import KNOWN_DISKS, KnownDisk, KnownDisks, by_fat_id
from bedplate.model.plan import RECORD

PLAN = {
    "disks": [{"id": "ata-X"}, {"id": "ata-Y"}],
    "made_for": [{"model": "X", "serial": "1"}, {}],
    "steps": [{"kind": "unpack"}, {"kind": "format-esp", "fat_id": "1A2B-3C4D", "disk": "ata-X"}],
}
X = KnownDisk(id="ata-X", title="X, serial 1", fat_id="1A2B-3C4D")
Y = KnownDisk(id="ata-Y", title="ata-Y")
Z = KnownDisk(id="ata-Z", title="Z", fat_id="5E6F-7A8B")


def written(root: Path, **files: str) -> Path:
    for name, text in files.items():
        place = root / {"record": RECORD, "known": KNOWN_DISKS}[name][1:]
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    return root


@pytest.mark.parametrize(
    ("files", "known"),
    [
        ({}, ()),
        ({"record": json.dumps(PLAN)}, (X, Y)),
        ({"record": ""}, ()),
        ({"record": "[]"}, ()),
        ({"record": '{"steps": [1]}'}, ()),
        ({"record": '{"steps": 1}'}, ()),
        ({"record": json.dumps(PLAN), "known": KnownDisks((X, Z)).text()}, (X, Z)),
        ({"record": json.dumps(PLAN), "known": "torn"}, (X, Y)),
    ],
    ids=[
        "installed by something else",
        "installed",
        "empty",
        "a list",
        "strange steps",
        "no steps",
        "replaced",
        "replaced and torn",
    ],
)
def test_the_boot_disks_of_a_host(
    tmp_path: Path, files: dict[str, str], known: tuple[KnownDisk, ...]
) -> None:
    assert probe_known_disks(written(tmp_path, **files)) == known


def test_disks_are_found_by_the_id_of_their_esps() -> None:
    assert by_fat_id((X, Y, Z)) == {"1A2B-3C4D": "ata-X", "5E6F-7A8B": "ata-Z"}
