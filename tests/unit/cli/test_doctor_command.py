"""`bedplate doctor` as an administrator meets it; for verdicts see tests/unit/plan/test_doctor.py."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bedplate.cli import boot_trials, doctor
from bedplate.cli.main import run_command
from bedplate.errors import ExitCode


def test_without_qemu_no_disk_can_be_started_and_it_is_said_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(boot_trials, "have", lambda program: program == "qemu-img")
    monkeypatch.setattr(boot_trials, "_FIRMWARE", tmp_path / "nothing")
    monkeypatch.setattr(doctor, "look", lambda: pytest.fail("looked at the host"))
    assert run_command(["doctor", "--boot"]) == ExitCode.REFUSED
    assert capsys.readouterr().err == (
        "refused[no-qemu] qemu-system-x86 and ovmf: needed to start the boot disks,"
        " and not installed\n"
        "    hint: `apt install qemu-system-x86 ovmf`, or leave --boot out\n"
    )
