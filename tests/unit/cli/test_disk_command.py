"""`bedplate disk list` and `disk match` on recorded machines."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bedplate.cli.disk import list_command, match_command
from bedplate.errors import RefusedError

TESTS = Path(__file__).parents[2]
MACHINES = TESTS / "captures" / "machines"
REFUSALS = TESTS / "golden" / "refusals"


def test_every_disk_is_listed_with_what_speaks_against_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    list_command(facts_file=MACHINES / "occupied.json")
    lines = capsys.readouterr().out.splitlines()
    states = {line.split()[0]: line for line in lines if line.startswith("/dev/")}
    for path, state in (
        ("/dev/sda", "in use"),
        ("/dev/sde", "has data"),
        ("/dev/sdg", "is-medium"),
        ("/dev/sdh", "read-only"),
    ):
        assert state in states[path]
    list_command(facts_file=MACHINES / "occupied.json", as_json=True)
    assert [disk["path"] for disk in json.loads(capsys.readouterr().out)] == sorted(states)


def test_a_match_says_of_each_disk_why_not_and_then_refuses(
    capsys: pytest.CaptureFixture[str],
) -> None:
    answer = REFUSALS / "filter-matches-data.toml"
    with pytest.raises(RefusedError, match="is not blank"):
        match_command(answer, facts_file=MACHINES / "demo.json", as_json=True)
    verdicts = json.loads(capsys.readouterr().out)
    assert [(v["path"], v["place"], v["reasons"]) for v in verdicts] == [
        ("/dev/nvme0n1", None, ["it has no ID_BUS"]),
        ("/dev/nvme1n1", None, ["it has no ID_BUS"]),
        ("/dev/sda", 1, []),
        ("/dev/sdb", None, ["another one comes first"]),
    ]
    with pytest.raises(RefusedError):
        match_command(answer, facts_file=MACHINES / "demo.json")
    said = capsys.readouterr().out
    assert "as number 1" in said
    assert "The filter matches 2 disks" in said


def test_a_match_tells_the_disks_of_the_data_from_those_of_a_special_device(
    capsys: pytest.CaptureFixture[str],
) -> None:
    answer = TESTS / "golden" / "plans" / "special-fast-disks.toml"
    match_command(answer, facts_file=MACHINES / "demo.json", as_json=True)
    verdicts = json.loads(capsys.readouterr().out)
    places = {(v["table"], v["path"]): v["place"] for v in verdicts if v["place"]}
    assert places == {
        ("disk-setup", "/dev/sda"): 1,
        ("disk-setup", "/dev/sdb"): 2,
        ("disk-setup.special", "/dev/nvme0n1"): 1,
        ("disk-setup.special", "/dev/nvme1n1"): 2,
    }
    match_command(answer, facts_file=MACHINES / "demo.json")
    said = capsys.readouterr().out
    assert [line.strip() for line in said.splitlines() if line.startswith("disk-setup")] == [
        "disk-setup",
        "disk-setup.special",
    ]


def test_a_disk_that_two_tables_mean_is_refused() -> None:
    with pytest.raises(RefusedError, match="which disk-setup means too"):
        match_command(REFUSALS / "special-disks-wrong.toml", facts_file=MACHINES / "demo.json")


# Recorded in a virtual machine with two paths to a LUN under multipathd, an array with DDF
# metadata as a firmware makes it, an NVMe drive of two namespaces, and two USB sticks of one make.
EVERY_KIND = """\
/dev/md126 blank md-uuid-2363545f:52cf683e:fcbc6453:f2bdcc52
/dev/sda is-part /dev/sda
/dev/sdb is-part scsi-0QEMU_QEMU_HARDDISK_R1RAID
/dev/sdc is-part /dev/sdc
/dev/sdd is-part scsi-0QEMU_QEMU_HARDDISK_R2RAID
/dev/sde blank ata-TEST512E_ATA512E
/dev/sdf is-part ata-TEST512N_SSD512N
/dev/sdg blank /dev/sdg
/dev/sdh blank /dev/sdh
/dev/sdi is-part scsi-35000c50056789abc
/dev/vda blank virtio-TOOLS
/dev/vdb blank virtio-VBLK1
/dev/vdc blank /dev/vdc
/dev/nvme0n1 blank nvme-QEMU_NVMe_Ctrl_S3NVMENS_2
/dev/nvme0n2 blank nvme-QEMU_NVMe_Ctrl_S3NVMENS
/dev/nvme1n1 blank nvme-QEMU_NVMe_Ctrl_S3NVME4K
/dev/pmem0 blank /dev/pmem0
/dev/mmcblk0 blank mmc-QEMU__0xdeadbeef
/dev/mapper/mpathd blank dm-name-mpathd
/dev/mapper/mpathe blank dm-name-mpathe
/dev/mapper/mpathf blank dm-name-mpathf
"""


def test_a_machine_with_disks_of_every_kind(capsys: pytest.CaptureFixture[str]) -> None:
    list_command(facts_file=MACHINES / "every-kind.json")
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    listed = [f"{row[0]} {row[-2]} {row[-1]}\n" for row in rows if row[0].startswith("/dev/")]
    assert "".join(listed) == EVERY_KIND
