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
