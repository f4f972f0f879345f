"""`bedplate doctor` as an administrator meets it; the verdicts are in tests/unit/plan."""

from __future__ import annotations

import email
import os
import socket
from pathlib import Path

import pytest

from bedplate.cli import boot_trials, diagnosing, doctor
from bedplate.cli.main import run_command
from bedplate.errors import ExitCode, Problem
from bedplate.model.diagnosis import Diagnosis
from bedplate.model.facts import Firmware, FirmwareKind
from bedplate.model.root_grub import RootGrub


def test_without_qemu_no_disk_can_be_started_and_it_is_said_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(boot_trials, "have", lambda program: program == "qemu-img")
    monkeypatch.setattr(boot_trials, "_FIRMWARE", tmp_path / "nothing")
    monkeypatch.setattr(doctor, "look", lambda **_: pytest.fail("looked at the host"))
    assert run_command(["doctor", "--boot"]) == ExitCode.REFUSED
    assert capsys.readouterr().err == (
        "refused[no-qemu] qemu-system-x86 and ovmf: needed to start the boot disks,"
        " and not installed\n"
        "    hint: `apt install qemu-system-x86 ovmf`, or leave --boot out\n"
    )


ILL = Diagnosis(problems=(Problem("pool-degraded", "rpool", "is DEGRADED", "see `zpool status`"),))


@pytest.mark.parametrize(
    ("found", "mails", "code"), [(ILL, 1, ExitCode.DIFFERS), (Diagnosis(), 0, ExitCode.OK)]
)
def test_a_mail_is_sent_if_anything_is_to_be_mended(
    found: Diagnosis, mails: int, code: ExitCode, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    sent = []
    monkeypatch.setattr(doctor, "_MAILED", tmp_path / "mailed.json")
    monkeypatch.setattr(diagnosing, "KEPT", tmp_path / "run" / "diagnosis.json")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(doctor, "examine", lambda *, boot: found)
    monkeypatch.setattr(doctor, "have", lambda program: program == "sendmail")
    monkeypatch.setattr(doctor, "run", lambda argv, stdin: sent.append((argv, stdin)))
    monkeypatch.setattr(socket, "gethostname", lambda: "pve1")
    assert run_command(["doctor", "--mail", "root"]) == code
    assert len(sent) == mails
    kept = diagnosing.last_diagnosis()
    assert kept is not None
    assert kept.diagnosis == found
    for argv, text in sent:
        assert argv == ["sendmail", "-t", "-oi"]
        mail = email.message_from_string(text)
        assert (mail["To"], mail["Subject"]) == (
            "root",
            "pve1: This host has no boot disk that is kept bootable.",
        )
        assert "rpool is DEGRADED\n    see `zpool status`\n" in mail.get_payload()


def test_the_same_mail_is_not_sent_every_hour_and_one_says_that_all_is_well(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    sent: list[str] = []
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(doctor, "_MAILED", tmp_path / "mailed.json")
    monkeypatch.setattr(doctor, "have", lambda _program: True)
    monkeypatch.setattr(doctor, "run", lambda _argv, stdin: sent.append(stdin))
    for found, mails in ((ILL, 1), (ILL, 1), (Diagnosis(), 2), (Diagnosis(), 2), (ILL, 3)):
        monkeypatch.setattr(doctor, "examine", lambda *, boot, found=found: found)
        run_command(["doctor", "--mail", "root"])
        assert len(sent) == mails


def test_disks_whose_grub_reads_the_root_are_not_started(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(doctor, "require_qemu", lambda: None)
    monkeypatch.setattr(doctor, "look", lambda **_: None)
    monkeypatch.setattr(doctor, "probe_disk_facts", lambda run: ())
    monkeypatch.setattr(doctor, "probe_firmware", lambda: Firmware(kind=FirmwareKind.BIOS))
    grub = RootGrub(boot_image="boot", core_image="core")
    monkeypatch.setattr(doctor, "probe_root_grub", lambda run, disks: grub)
    assert run_command(["doctor", "--boot"]) == ExitCode.REFUSED
    assert "refused[no-trial] --boot: " in capsys.readouterr().err
