"""`bedplate secure-boot` as an administrator meets it; what is to be enrolled is in unit/plan."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence

import pytest

from bedplate.cli import secure_boot
from bedplate.cli.main import run_command
from bedplate.errors import ExitCode
from bedplate.model.facts import Firmware, FirmwareKind
from bedplate.model.secret import Secret
from bedplate.model.secure_boot import Certificate, ModuleTrust, SignedModule

KEY = "680ed48ad08c956c8950e4cddfc89a85887bfe33"
IMAGE = Certificate(path="/usr/share/bedplate/image-modules.der", serial=KEY)
UEFI = Firmware(kind=FirmwareKind.UEFI, secure_boot=True, checks_modules=True, nvram_writable=True)


@pytest.fixture
def staged(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The passwords that keys were staged with, on a host whose ZFS nobody trusts yet."""
    trust = ModuleTrust(
        enrolled=("5a",),
        modules=(SignedModule(kernel="6.12.1-amd64", name="zfs", serial=KEY),),
    )
    passwords: list[str] = []

    def stage(_run: object, chosen: Sequence[Certificate], password: Secret) -> None:
        assert tuple(chosen) == (IMAGE,)
        passwords.append(password.reveal())

    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(secure_boot, "probe_firmware", lambda: UEFI)
    monkeypatch.setattr(secure_boot, "_probe", lambda _firmware: (trust, (IMAGE,)))
    monkeypatch.setattr(secure_boot, "probe_root_modules", lambda: frozenset({"zfs"}))
    monkeypatch.setattr(secure_boot, "stage_enrolment", stage)
    after = trust.model_copy(update={"staged": (KEY,)})
    monkeypatch.setattr(secure_boot, "probe_keys", lambda _run: after)
    return passwords


def test_the_password_is_shown_with_what_to_do_at_the_next_start(
    staged: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["secure-boot", "enrol"]) == ExitCode.OK
    said = capsys.readouterr().out
    (password,) = staged
    assert password.isdecimal()
    assert len(password) == 8
    assert said.startswith(f"Staged: {IMAGE.path}, key {KEY}\n")
    assert f"  3. Type this password: {password}\n" in said


def test_a_program_is_told_the_same(staged: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["secure-boot", "enrol", "--json"]) == ExitCode.OK
    said = json.loads(capsys.readouterr().out)
    assert said == {"staged": [IMAGE.model_dump()], "password": staged[0], "problems": []}


def test_a_kernel_that_would_not_find_its_root_is_trouble(
    staged: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["secure-boot", "status"]) == ExitCode.DIFFERS
    said = capsys.readouterr()
    assert "6.12.1-amd64  zfs   680ed48ad08c…  not enrolled" in said.out
    assert "module-refused" in said.err
    assert staged == []
    assert run_command(["secure-boot", "status", "--json"]) == ExitCode.DIFFERS
    problems = json.loads(capsys.readouterr().out)["problems"]
    assert [problem["code"] for problem in problems] == ["module-refused"]
