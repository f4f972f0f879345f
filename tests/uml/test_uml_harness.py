"""What the user-mode-linux harness promises to the tests that stand on it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bedplate.errors import CommandError
from bedplate.units import GIB, MIB
from tests.support.checksum import image_checksum
from tests.support.uml import Uml


def test_disks_have_stable_names_and_the_job_runs_this_python(uml: Uml) -> None:
    uml.add_disk(1 * GIB)
    uml.add_disk(2 * GIB)
    result = uml.run_python("tests/uml/scenarios/report_disks.py")
    assert json.loads((result.out / "disks.json").read_text()) == {
        "/dev/disk/by-id/scsi-0BEDPLATE_ubda": {"node": "/dev/ubda", "size_bytes": 1 * GIB},
        "/dev/disk/by-id/scsi-0BEDPLATE_ubdb": {"node": "/dev/ubdb", "size_bytes": 2 * GIB},
    }


def test_the_machine_cannot_change_the_host(uml: Uml, tmp_path: Path) -> None:
    witness = tmp_path / "witness"
    witness.write_text("as it was")
    uml.run_shell(f"echo changed >{witness}; grep changed {witness}; rm /etc/hostname; sync")
    assert witness.read_text() == "as it was"
    assert Path("/etc/hostname").exists()


def test_a_failed_job_tells_all(uml: Uml) -> None:
    with pytest.raises(AssertionError, match=r"(?s)exit status 3.*said.*complained"):
        uml.run_shell("echo said; echo complained >&2; exit 3")


def test_a_power_cut_is_told_from_an_exit_and_keeps_what_was_synced(uml: Uml) -> None:
    image = uml.add_disk(64 * MIB)
    blank = image_checksum(image)
    cut = uml.run_shell(
        "dd if=/dev/urandom of=/dev/ubda bs=1M count=1 conv=fsync status=none\n"
        "echo b >/proc/sysrq-trigger; sleep 60",
        check=False,
    )
    assert cut.code is None
    assert image_checksum(image) != blank


def test_a_machine_that_hangs_is_taken_down_whole(uml: Uml) -> None:
    with pytest.raises(CommandError, match="was not off within 8 seconds"):
        uml.run_shell("sleep 1234567 & sleep 1234567", deadline=8)
    mine = str(uml.folder).encode()
    assert [process for process in Path("/proc").glob("[0-9]*") if mine in _argv(process)] == []


def _argv(process: Path) -> bytes:
    try:
        return (process / "cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""
