"""The wrong disk is offered in every way there is: refused, and not a bit of any disk changes."""

from __future__ import annotations

import json

from bedplate.errors import ExitCode
from bedplate.units import GIB
from tests.support.checksum import image_checksum
from tests.support.uml import Uml

INSTALL = "tests/uml/scenarios/disk_change.py"
SCENARIO = "tests/uml/scenarios/wrong_disk.py"
# What is typed after `bedplate disk`, and the reason that is given.
WRONG = {
    "replace": "disk-too-small",
    "replace SMALL": "disk-too-small",
    "replace LOST SMALL": "disk-too-small",
    "replace MOUNTED": "disk-in-use",
    "replace GROUPED": "disk-in-use",
    "replace LOST MOUNTED": "disk-in-use",
    "replace LOST HEALTHY": "disk-in-use",
    "replace HEALTHY HEALTHY": "disk-is-old",
    "replace SMALL LOST": "not-a-member",
    "replace SMALL HEALTHY": "not-a-member",
    "replace LOST nonsense": "disk-unmatched",
    "replace nonsense": "disk-unmatched",
    "attach MOUNTED": "disk-in-use",
    "attach SMALL --beside HEALTHY": "disk-too-small",
    # Whether another disk starts this host, nobody could say.
    "detach HEALTHY": "not-managed",
    "expand": "store-not-well",
}


def test_the_wrong_disk_is_refused_and_nothing_is_written(uml: Uml) -> None:
    first, second = (uml.add_disk(3 * GIB) for _ in range(2))
    uml.run_python(INSTALL, "btrfs-raid1", "install", disks=(first, second), deadline=900)
    small, mounted, grouped = (uml.add_disk(size * GIB) for size in (1, 3, 3))
    disks = (first, small, mounted, grouped)
    uml.run_python(SCENARIO, "prepare", disks=disks, deadline=900)
    before = [image_checksum(disk) for disk in disks]
    typed = {"BEDPLATE_TYPED": ";".join(WRONG)}
    done = uml.run_python(SCENARIO, "type", disks=disks, deadline=900, env=typed)
    found = json.loads((done.out / "report.json").read_text())
    for words, reason in WRONG.items():
        code, said = found[words]
        assert (words, code, f"[{reason}]" in said) == (words, ExitCode.REFUSED, True), said
    assert [image_checksum(disk) for disk in disks] == before
