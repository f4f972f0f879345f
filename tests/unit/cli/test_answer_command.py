"""`bedplate answer validate` against a recorded machine: what would happen there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bedplate.cli.main import run_command
from bedplate.errors import ExitCode
from bedplate.model.artefacts import MANIFEST
from tests.golden.test_plans import MANIFEST as IMAGES
from tests.support.golden import compare

TESTS = Path(__file__).parents[2]
GOLDEN = TESTS / "golden"
MACHINES = TESTS / "captures" / "machines"


def validate(case: str, *options: str) -> int:
    """The exit code for an answer file of the golden plans, on the machine that it names."""
    answer = GOLDEN / f"{case}.toml"
    machine = answer.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# machine: ")
    facts = MACHINES / f"{machine}.json"
    return run_command(["answer", "validate", str(answer), "--facts", str(facts), *options])


@pytest.mark.parametrize(
    ("case", "code"),
    [
        ("plans/second-install", ExitCode.OK),
        ("plans/big-disk-filter-no-key", ExitCode.OK),
        ("refusals/everything-at-once", ExitCode.REFUSED),
        ("refusals/no-filter-match", ExitCode.REFUSED),
    ],
)
def test_what_would_happen(case: str, code: ExitCode, capsys: pytest.CaptureFixture[str]) -> None:
    assert validate(case) == code
    said = capsys.readouterr()
    ending = f"--- exit code {code:d}\n"
    compare(GOLDEN / "outlooks" / f"{Path(case).name}.txt", said.out + said.err + ending)


def test_programs_get_one_object_whatever_comes_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert validate("plans/second-install", "--json") == ExitCode.OK
    fine = json.loads(capsys.readouterr().out)
    assert fine["refusals"] == []
    assert [disk["path"] for disk in fine["disks"] if disk["place"]] == ["/dev/sdf"]
    assert fine["destroys"][0][-1] == "volume group pve with volumes root, swap"
    assert validate("refusals/unequal-disks", "--json") == ExitCode.REFUSED
    refused = json.loads(capsys.readouterr().out)
    written = json.loads((GOLDEN / "refusals" / "unequal-disks.json").read_text(encoding="utf-8"))
    assert refused["refusals"] == written["refusals"]
    assert refused.keys() == fine.keys()


def test_whether_the_base_fits_is_judged_if_there_is_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / MANIFEST).write_text(IMAGES.sealed().model_dump_json(), encoding="utf-8")
    assert validate("refusals/root-below-base", "--json") == ExitCode.OK
    capsys.readouterr()
    assert validate("refusals/root-below-base", "--images", str(tmp_path)) == ExitCode.REFUSED
    assert "refused[root-too-small]" in capsys.readouterr().err


def test_a_broken_snapshot_is_wrong_usage(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    torn = tmp_path / "facts.json"
    torn.write_bytes((MACHINES / "demo.json").read_bytes()[:1000])
    answer = str(GOLDEN / "plans" / "demo.toml")
    assert run_command(["answer", "validate", answer, "--facts", str(torn)]) == ExitCode.USAGE
    assert "[facts-not-json]" in capsys.readouterr().err
