"""`bedplate plan` and `bedplate answer` as a person calls them."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from bedplate.cli.main import run_command
from bedplate.errors import ExitCode
from bedplate.model.artefacts import BASE
from bedplate.model.manifest import Artefact, Manifest
from bedplate.model.plan import Plan
from bedplate.units import MIB

TESTS = Path(__file__).parents[2]
ANSWER = TESTS / "golden" / "plans" / "demo.toml"
MACHINE = TESTS / "captures" / "machines" / "demo.json"
MANIFEST = Manifest(
    suite="trixie",
    architecture="amd64",
    kernel="6.12.107+deb13-amd64",
    artefacts={BASE: Artefact(sha256="ab" * 32, size_bytes=310 * MIB, unpacked_bytes=1100 * MIB)},
).sealed()
MINIMAL = TESTS / "golden" / "answers" / "minimal.toml"


@pytest.fixture
def plan(tmp_path: Path) -> list[str]:
    (tmp_path / "manifest.json").write_text(MANIFEST.model_dump_json())
    return ["plan", str(ANSWER), "--facts", str(MACHINE), "--images", str(tmp_path)]


def test_a_seed_makes_the_same_plan(plan: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    texts: list[str] = []
    for seed in (["--ids-seed", "00ff"], ["--ids-seed", "00FF"], []):
        assert run_command([*plan, "--json", *seed]) == ExitCode.OK
        texts.append(capsys.readouterr().out)
    same, again, other = (Plan.model_validate_json(text) for text in texts)
    assert same == again
    assert same.disks[0].guid != other.disks[0].guid
    assert same.layout == "zfs-mirror"


def test_a_plan_for_people(plan: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(plan) == ExitCode.OK
    assert capsys.readouterr().out.startswith("Plan: zfs-mirror for host1.example.test\n")


@pytest.mark.parametrize(
    ("words", "codes"),
    [
        (["--ids-seed", "xyz"], ["invalid-seed"]),
        (["--ids-seed", ""], ["invalid-seed"]),
        (["--images", "/nowhere"], ["manifest-unreadable"]),
    ],
)
def test_what_cannot_be_planned(
    plan: list[str], capsys: pytest.CaptureFixture[str], words: list[str], codes: list[str]
) -> None:
    assert run_command([*plan, "--json", *words]) == ExitCode.USAGE
    refusals = json.loads(capsys.readouterr().out)["refusals"]
    assert [refusal["code"] for refusal in refusals] == codes


def test_an_answer_that_cannot_be_read(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["answer", "validate", "/nowhere/a.toml"]) == ExitCode.USAGE
    assert capsys.readouterr() == (
        "",
        "error[answer-unreadable] /nowhere/a.toml: cannot be read: No such file or directory\n",
    )


def test_an_answer_from_standard_input(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(MINIMAL.read_bytes())))
    assert run_command(["answer", "validate", "-"]) == ExitCode.OK
    assert capsys.readouterr() == (
        "The answer file is valid: host.example.com with the layout lvm-thin.\n",
        "",
    )


def test_a_valid_answer_as_json_has_no_password(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["answer", "validate", str(MINIMAL), "--json"]) == ExitCode.OK
    out, _ = capsys.readouterr()
    assert json.loads(out)["root_password"] == {"text": "***", "hashed": False}
    assert "123456789" in MINIMAL.read_text()
    assert "123456789" not in out


def test_the_schema_is_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["answer", "schema"]) == ExitCode.OK
    assert json.loads(capsys.readouterr().out)["title"] == "AnswerFile"
