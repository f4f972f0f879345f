"""`bedplate plan` prints one form of the plan: text, JSON, a picture, a script or its files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bedplate.cli.main import run_command
from bedplate.errors import ExitCode
from tests.golden.test_plans import MANIFEST

TESTS = Path(__file__).parents[2]


@pytest.fixture
def plan(tmp_path: Path) -> list[str]:
    (tmp_path / "manifest.json").write_text(MANIFEST.sealed().model_dump_json())
    answer = TESTS / "golden" / "plans" / "demo.toml"
    machine = TESTS / "captures" / "machines" / "demo.json"
    return ["plan", str(answer), "--facts", str(machine), "--images", str(tmp_path)]


@pytest.mark.parametrize(
    ("words", "start"),
    [
        ([], "Plan: zfs-mirror for host1.example.test\n"),
        (["--json"], '{\n  "version": 1,\n'),
        (["--svg"], '<svg xmlns="http://www.w3.org/2000/svg" '),
        (["--script"], "#!/bin/bash\n# zfs-mirror for host1.example.test, "),
        (["--files"], "/etc/aliases: replaced, mode 0644\n--- /etc/aliases ("),
    ],
)
def test_each_form(
    plan: list[str], capsys: pytest.CaptureFixture[str], words: list[str], start: str
) -> None:
    assert run_command([*plan, *words]) == ExitCode.OK
    out, err = capsys.readouterr()
    assert (out[: len(start)], err) == (start, "")


def test_the_schema_needs_no_answer_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["plan", "--schema"]) == ExitCode.OK
    documented = TESTS.parent / "docs" / "plan-schema.json"
    assert capsys.readouterr().out == documented.read_text(encoding="utf-8")


def test_two_forms_at_once(plan: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command([*plan, "--script", "--svg"]) == ExitCode.USAGE
    assert capsys.readouterr() == (
        "",
        "error[options-exclusive] --svg and --script: exclude each other: a plan is printed in one "
        "form\n    hint: leave all but one of them out, or call bedplate plan once for each\n",
    )


def test_json_and_another_form(plan: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command([*plan, "--json", "--svg"]) == ExitCode.USAGE
    problems = json.loads(capsys.readouterr().out)["refusals"]
    assert [(p["code"], p["where"]) for p in problems] == [
        ("options-exclusive", "--json and --svg")
    ]
