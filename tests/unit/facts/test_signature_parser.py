"""wipefs output, and what happens when a disk cannot be read."""

from __future__ import annotations

import pytest

from bedplate.errors import CommandError, FactsError, Problem
from bedplate.facts.signatures import parse_wipefs, probe_signatures
from bedplate.model.facts import Signature
from tests.captures import captured
from tests.unit.facts.recorded import Recorded

RAID = Signature(
    kind="linux_raid_member", label="(none):0", uuid="b4578d5b-a46e-1a00-b517-b605787ec2ae"
)
BTRFS = Signature(kind="btrfs", uuid="0f9124ac-162c-4276-aed5-9434f140ca57")
EXT4 = '{"signatures": [{"device":"sdb","offset":"0x438","type":"ext4","uuid":"u","label":"l"}]}'


def test_each_signature_once_by_device() -> None:
    assert parse_wipefs(captured("wipefs-2.38.1.json")) == {
        "ubda": (Signature(kind="gpt"), Signature(kind="PMBR")),
        "ubdb": (RAID,),
        "ubdc": (RAID,),
        "ubdd": (BTRFS,),
        "ubde": (BTRFS,),
        "ubdf": (Signature(kind="LVM2_member", uuid="jvAJyE-DKIg-22Kd-zoAd-6Z2I-PoZs-IyFWNm"),),
        "ubdg": (Signature(kind="LVM2_member", uuid="IwgMr8-YBaL-dAUE-hDc0-ybyl-QjNQ-2E1n1f"),),
        "ubda3": (Signature(kind="LVM2_member", uuid="Ilfjwl-xnvV-qjJN-i1I0-frHq-7tRl-A1nTLd"),),
    }


def test_blank_disks_make_wipefs_print_nothing() -> None:
    assert parse_wipefs("") == {}


@pytest.mark.parametrize("text", ["DEVICE OFFSET", "[]", '{"signatures": [{"type": "gpt"}]}', "{}"])
def test_other_output_is_refused(text: str) -> None:
    with pytest.raises(FactsError, match="wipefs"):
        parse_wipefs(text)


def test_one_process_for_all_disks() -> None:
    run = Recorded({"wipefs --json --no-act /dev/sda /dev/sdb": EXT4})
    found, errors = probe_signatures(run, ["/dev/sda", "/dev/sdb"])
    assert (found, errors) == (
        {"/dev/sda": (), "/dev/sdb": (Signature(kind="ext4", uuid="u", label="l"),)},
        {},
    )


def test_a_dead_disk_does_not_hide_the_others() -> None:
    said = "wipefs: error: /dev/sda: probing initialization failed: Input/output error"
    run = Recorded(
        {
            "wipefs --json --no-act /dev/sda /dev/sdb": (1, "", said),
            "wipefs --json --no-act /dev/sda": (1, "", said),
            "wipefs --json --no-act /dev/sdb": EXT4,
        }
    )
    found, errors = probe_signatures(run, ["/dev/sda", "/dev/sdb"])
    assert (found, errors) == (
        {"/dev/sdb": (Signature(kind="ext4", uuid="u", label="l"),)},
        {"/dev/sda": said},
    )


def test_many_devices_are_shared_among_processes() -> None:
    first, second = [f"/dev/sd{letter}" for letter in "abcdefgh"], ["/dev/sdi", "/dev/sdj"]
    said = "wipefs: error: /dev/sdi: probing initialization failed: Input/output error"
    run = Recorded(
        {
            "wipefs --json --no-act " + " ".join(first): EXT4,
            "wipefs --json --no-act " + " ".join(second): (1, "", said),
            "wipefs --json --no-act /dev/sdi": (1, "", said),
            "wipefs --json --no-act /dev/sdj": "",
        }
    )
    found, errors = probe_signatures(run, first + second)
    assert [path for path, signatures in found.items() if signatures] == ["/dev/sdb"]
    assert found.keys() == {*first, "/dev/sdj"}
    assert errors == {"/dev/sdi": said}


def test_nothing_to_look_at_starts_nothing() -> None:
    assert probe_signatures(Recorded({}), []) == ({}, {})


def test_no_wipefs() -> None:
    missing = CommandError(Problem("tool-missing", "wipefs", "is not installed"))
    with pytest.raises(CommandError, match="wipefs"):
        probe_signatures(Recorded({"wipefs --json --no-act /dev/sda": missing}), ["/dev/sda"])
