"""ESPs in sync on real vfat: every sort of trouble is told by name, and the others are synced."""

from __future__ import annotations

import json
import re
from typing import Any

from bedplate.errors import ExitCode
from bedplate.units import MIB
from tests.support.checksum import image_checksum
from tests.support.esp_host import Job
from tests.support.uml import Uml

SCENARIO = "tests/uml/scenarios/esp_sync.py"
OLD, NEW = "6.1.0-9-amd64", "6.12.1-amd64"
IDS = tuple(f"000{number}-AAAA" for number in range(1, 9))
A, B, C, D = (f"/dev/ubd{letter}" for letter in "abcd")


def host(uml: Uml, *commands: str, **more: Any) -> dict[str, Any]:
    """Runs commands on a host and returns the report; see `Job` for the rest."""
    file = uml.folder / "job.json"
    job = Job(commands=commands, **{"kernels": {OLD: "", NEW: ""}, **more})
    file.write_text(job.model_dump_json())
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
    first = host(uml, "esp sync", make=IDS[:2], listed=IDS[:2])
    assert [end["code"] for end in first["ends"]] == [ExitCode.OK], first["ends"]
    assert kernels_of(first, A) == kernels_of(first, B) == {OLD, NEW}
    assert first["contents"][A] == first["contents"][B]
    before = [image_checksum(image) for image in images]
    again = host(uml, "esp status", "esp sync", listed=IDS[:2])
    assert [end["code"] for end in again["ends"]] == [ExitCode.OK, ExitCode.OK], again["ends"]
    assert again["ends"][1]["stdout"] == "2 ESPs in sync.\n"
    assert again["written"] == 0
    assert [image_checksum(image) for image in images] == before


TROUBLE = """
mkdir -p /run/esp
mount /dev/ubdc2 /run/esp; dd if=/dev/zero of=/run/esp/filler bs=64K || true; umount /run/esp
blockdev --setro /dev/ubdd
dd if=/dev/urandom of=/dev/ubde2 bs=512 seek=32 count=1600 conv=notrunc
dd if=/dev/ubda of=/dev/ubdf bs=1M conv=sparse,notrunc
mount /dev/ubdg2 /run/esp
mkdir -p /run/esp/EFI/proxmox; echo x >/run/esp/EFI/proxmox/x; umount /run/esp
partx --update /dev/ubdf || partx --add /dev/ubdf
"""
EVERY_TIME = """
blockdev --setro /dev/ubdd
for disk in a b c d e; do swapon /dev/ubd${disk}3; done
"""


def problems_of(end: dict[str, Any]) -> list[tuple[str, str]]:
    """Codes and places of everything that a command complained of, in the order of places."""
    found = re.findall(r"^(?:error|problem|refused)\[(\S+)\] (\S+)", end["stderr"], re.MULTILINE)
    return sorted((code, where.rstrip(":")) for code, where in found)


def test_trouble_is_told_by_name_and_the_others_are_synced(uml: Uml) -> None:
    images = [uml.add_disk(128 * MIB) for _ in range(7)]
    listed = IDS[:5] + IDS[7:]
    made = host(uml, "esp sync", make=IDS[:7], listed=IDS[:5], kernels={OLD: ""})
    assert [end["code"] for end in made["ends"]] == [ExitCode.OK], made["ends"]
    report = host(uml, "esp sync", listed=listed, before=TROUBLE + EVERY_TIME)
    (end,) = report["ends"]
    assert problems_of(end) == [
        ("esp-duplicate", "/dev/ubdf2"),
        ("esp-full", "/dev/ubdc2"),
        ("esp-missing", IDS[7]),
        ("esp-read-only", "/dev/ubdd2"),
        ("esp-unlisted", "/dev/ubdg2"),
        ("esp-unreadable", "/dev/ubde2"),
    ], end
    assert end["code"] == ExitCode.DIFFERS
    assert kernels_of(report, A) == kernels_of(report, B) == {OLD, NEW}
    # Nothing is lost where nothing could be done.
    assert kernels_of(report, C) == kernels_of(report, D) == {OLD}
    assert report["contents"]["/dev/ubdf"] == made["contents"][A]
    before = [image_checksum(image) for image in images]
    again = host(uml, "esp sync", listed=listed, before=EVERY_TIME)
    assert problems_of(again["ends"][0]) == problems_of(end)
    assert [image_checksum(image) for image in images] == before


def ends_of(report: dict[str, Any]) -> list[tuple[int, list[tuple[str, str]]]]:
    """How each command ended: its code, and what it complained of."""
    return [(end["code"], problems_of(end)) for end in report["ends"]]


def test_a_new_disk_is_put_to_use_step_by_step(uml: Uml) -> None:
    for _ in range(3):
        uml.add_disk(320 * MIB)
    made = host(uml, "esp sync", make=IDS[:1], listed=IDS[:1], esp_mib=290)
    assert ends_of(made) == [(ExitCode.OK, [])], made["ends"]
    commands = [
        "esp status",
        "esp clean",
        "esp init /dev/ubdb",
        "esp init /dev/ubdb2",
        "esp format /dev/ubda2",
        "esp format /dev/ubda3 --force",
        "esp format /dev/ubdc1",
        "esp format /dev/ubdb2",
        "esp init /dev/ubdb2",
        "esp clean",
        "esp status",
        "esp init /dev/disk/by-id/scsi-0BEDPLATE_ubdb-part2",
    ]
    report = host(uml, *commands, listed=(IDS[0], IDS[7]), esp_mib=290, before=NEW_DISKS)
    refused, differs = ExitCode.REFUSED, ExitCode.DIFFERS
    fine: tuple[int, list[tuple[str, str]]] = (ExitCode.OK, [])
    missing = ("esp-missing", IDS[7])
    assert ends_of(report) == [
        (differs, [missing]),
        (refused, [("redundancy-lost", "/etc/kernel/proxmox-boot-uuids")]),
        (refused, [("not-a-partition", B)]),
        (refused, [("esp-no-fat", "/dev/ubdb2")]),
        (refused, [("partition-not-empty", "/dev/ubda2")]),
        (refused, [("esp-too-small", "/dev/ubda3"), ("partition-in-use", "/dev/ubda3")]),
        (refused, [("esp-too-small", "/dev/ubdc1"), ("esp-wrong-type", "/dev/ubdc1")]),
        fine,
        (differs, [missing]),
        fine,
        fine,
        fine,
    ], report["ends"]
    assert kernels_of(report, A) == kernels_of(report, B) == {OLD, NEW}
    assert (len(report["list"]), report["list"].count(IDS[0])) == (2, 1)


NEW_DISKS = """
swapon /dev/ubda3
sfdisk --dump /dev/ubda | grep -v -e ^label-id | sed 's/, uuid=[^,]*//' | sfdisk --quiet /dev/ubdb
sfdisk --dump /dev/ubda | grep -v -e ^label-id | sed 's/, uuid=[^,]*//' | sfdisk --quiet /dev/ubdc
"""


def test_what_a_power_cut_left_is_mended_and_synced(uml: Uml) -> None:
    uml.add_disk(128 * MIB)
    host(uml, "esp sync", make=IDS[:1], listed=IDS[:1])
    left = f"EFI/proxmox/{NEW}/vmlinuz-{NEW}.bedplate-new"
    broken = (
        f"mkdir /run/esp; mount /dev/ubda2 /run/esp; echo half >/run/esp/{left}; umount /run/esp\n"
        r"printf '\1' | dd of=/dev/ubda2 bs=1 seek=65 conv=notrunc"
    )
    report = host(uml, "esp status", "esp sync", "esp status", listed=IDS[:1], before=broken)
    codes = [end["code"] for end in report["ends"]]
    assert codes == [ExitCode.DIFFERS, ExitCode.OK, ExitCode.OK], report["ends"]
    assert "was not unmounted properly" in report["ends"][0]["stdout"]
    assert kernels_of(report, A) == {OLD, NEW}
    assert left not in report["contents"][A]


def test_grub_for_bios_is_installed_where_it_is_not_that_of_the_host(uml: Uml) -> None:
    images = [uml.add_disk(320 * MIB) for _ in range(2)]
    first = host(uml, "esp sync", make=IDS[:2], listed=IDS[:2], grub=True, esp_mib=290)
    assert ends_of(first) == [(ExitCode.OK, [])], first["ends"]
    assert "grub/i386-pc/core.img" in first["contents"][A]
    assert first["contents"][A].keys() == first["contents"][B].keys()
    before = [image_checksum(image) for image in images]
    again = host(uml, "esp status", "esp sync", listed=IDS[:2], grub=True, esp_mib=290)
    assert ends_of(again) == [(ExitCode.OK, [])] * 2, again["ends"]
    assert [image_checksum(image) for image in images] == before
