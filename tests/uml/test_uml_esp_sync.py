"""ESPs in sync on real vfat: every sort of trouble is told by name, and the others are synced."""

from __future__ import annotations

import json
import re
from typing import Any

from bedplate.errors import ExitCode
from bedplate.units import MIB
from tests.support.checksum import image_checksum
from tests.support.uml import Uml

SCENARIO = "tests/uml/scenarios/esp_sync.py"
OLD, NEW = "6.1.0-9-amd64", "6.12.1-amd64"
IDS = [f"000{number}-AAAA" for number in range(1, 9)]
A, B, C, D = (f"/dev/ubd{letter}" for letter in "abcd")


def host(uml: Uml, commands: list[str], **more: Any) -> dict[str, Any]:
    """Runs commands on a host and returns the report; see the scenario for what a job has."""
    job = {
        "kernels": {OLD: "", NEW: ""},
        "listed": [],
        "make": [],
        "before": "true",
        "after": "true",
        "commands": [command.split() for command in commands],
        **more,
    }
    file = uml.folder / "job.json"
    file.write_text(json.dumps(job))
    result = uml.run_python(SCENARIO, str(file), deadline=400)
    report = json.loads((result.out / "report.json").read_text())
    assert isinstance(report, dict)
    assert report["left"] == []
    return report


def kernels_of(report: dict[str, Any], disk: str) -> set[str]:
    """The kernels of an ESP whose files are those of the host, byte for byte."""
    files, sources = report["contents"][disk], report["sources"]
    return {
        version
        for version in (OLD, NEW)
        if all(
            files.get(f"EFI/proxmox/{version}/{kind}-{version}")
            == sources.get(f"/boot/{kind}-{version}", "?")
            for kind in ("vmlinuz", "initrd.img")
        )
    }


def test_two_esps_are_synced_and_a_second_sync_writes_nothing(uml: Uml) -> None:
    images = [uml.add_disk(128 * MIB) for _ in range(2)]
    first = host(uml, ["esp sync"], make=IDS[:2], listed=IDS[:2])
    assert [end["code"] for end in first["ends"]] == [ExitCode.OK], first["ends"]
    assert kernels_of(first, A) == kernels_of(first, B) == {OLD, NEW}
    assert first["contents"][A] == first["contents"][B]
    before = [image_checksum(image) for image in images]
    again = host(uml, ["esp status", "esp sync"], listed=IDS[:2])
    assert [end["code"] for end in again["ends"]] == [ExitCode.OK, ExitCode.OK], again["ends"]
    assert again["ends"][1]["stdout"] == "2 ESPs in sync.\n"
    assert again["written"] == 0
    assert [image_checksum(image) for image in images] == before


TROUBLE = """
mkdir -p /run/esp
mount /dev/ubdc1 /run/esp; dd if=/dev/zero of=/run/esp/filler bs=64K || true; umount /run/esp
blockdev --setro /dev/ubdd
dd if=/dev/urandom of=/dev/ubde1 bs=512 seek=32 count=1600 conv=notrunc
dd if=/dev/ubda of=/dev/ubdf bs=1M conv=sparse,notrunc
mount /dev/ubdg1 /run/esp
mkdir -p /run/esp/EFI/proxmox; echo x >/run/esp/EFI/proxmox/x; umount /run/esp
partx --update /dev/ubdf || partx --add /dev/ubdf
"""
EVERY_TIME = """
blockdev --setro /dev/ubdd
for disk in a b c d e; do swapon /dev/ubd${disk}2; done
"""


def problems_of(end: dict[str, Any]) -> list[tuple[str, str]]:
    """Codes and places of everything that a command complained of, in the order of places."""
    found = re.findall(r"^(?:error|problem|refused)\[(\S+)\] (\S+)", end["stderr"], re.MULTILINE)
    return sorted((code, where.rstrip(":")) for code, where in found)


def test_trouble_is_told_by_name_and_the_others_are_synced(uml: Uml) -> None:
    images = [uml.add_disk(128 * MIB) for _ in range(7)]
    listed = IDS[:5] + IDS[7:]
    made = host(uml, ["esp sync"], make=IDS[:7], listed=IDS[:5], kernels={OLD: ""})
    assert [end["code"] for end in made["ends"]] == [ExitCode.OK], made["ends"]
    report = host(uml, ["esp sync"], listed=listed, before=TROUBLE + EVERY_TIME)
    (end,) = report["ends"]
    assert problems_of(end) == [
        ("esp-duplicate", "/dev/ubdf1"),
        ("esp-full", "/dev/ubdc1"),
        ("esp-missing", IDS[7]),
        ("esp-read-only", "/dev/ubdd1"),
        ("esp-unlisted", "/dev/ubdg1"),
        ("esp-unreadable", "/dev/ubde1"),
    ], end
    assert end["code"] == ExitCode.DIFFERS
    assert kernels_of(report, A) == kernels_of(report, B) == {OLD, NEW}
    # Nothing is lost where nothing could be done.
    assert kernels_of(report, C) == kernels_of(report, D) == {OLD}
    assert report["contents"]["/dev/ubdf"] == made["contents"][A]
    before = [image_checksum(image) for image in images]
    again = host(uml, ["esp sync"], listed=listed, before=EVERY_TIME)
    assert problems_of(again["ends"][0]) == problems_of(end)
    assert [image_checksum(image) for image in images] == before
