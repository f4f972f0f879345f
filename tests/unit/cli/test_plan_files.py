"""Plan files that cannot be used, as `bedplate verify` meets them."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from bedplate.cli.main import run_command
from bedplate.errors import ExitCode
from tests.support.plans import plan_of

MISSING = "Field required"
NO_TEXT = "Input should be a valid string"


@pytest.fixture(autouse=True)
def root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)


def said(path: Path, capsys: pytest.CaptureFixture[str]) -> str:
    assert run_command(["verify", str(path)]) == ExitCode.USAGE
    return capsys.readouterr().err


def test_every_mistake_is_told_with_file_and_key(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = json.loads(plan_of().model_dump_json())
    del content["hostname"]
    content["files"] = [{"path": "/etc/hosts", "content": 1}]
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(content))
    assert said(path, capsys).splitlines() == [
        f"error[plan-invalid] {path}: hostname: {MISSING}",
        f"error[plan-invalid] {path}: files[0].content: {NO_TEXT}",
    ]


def test_what_is_no_plan_at_all_is_no_bug(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "plan.json"
    path.write_bytes(b"\x7fELF\xff")
    assert said(path, capsys).startswith(f"error[plan-invalid] {path}: Invalid JSON: ")


def test_a_plan_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "plan.json"
    expected = f"error[plan-unreadable] {path}: cannot be read: No such file or directory\n"
    assert said(path, capsys) == expected
