"""How the first start of a host went, as far as it is written down."""

from __future__ import annotations

from pathlib import Path

import pytest

from bedplate.facts.first_boot_outcome import probe_outcome
from bedplate.model.first_boot import JOB, OUTCOME, FirstBootOutcome


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({}, None),
        ({JOB: "{}"}, FirstBootOutcome(state="waiting")),
        # As versions before this one wrote it.
        (
            {JOB: "{}", OUTCOME: '{"state": "failed", "attempts": 1, "said": "no", "at": 5.0}'},
            FirstBootOutcome(state="failed", attempts=1, said="no", at=5.0),
        ),
    ],
    ids=["nothing", "not-begun", "failed"],
)
def test_an_outcome(files: dict[str, str], found: FirstBootOutcome | None, tmp_path: Path) -> None:
    put(tmp_path, files)
    assert probe_outcome(tmp_path) == found


@pytest.mark.parametrize("text", ["", "{", '{"state": "else"}', '{"state": "done", "more": 1}'])
def test_one_that_makes_no_sense_is_none_that_is_done(text: str, tmp_path: Path) -> None:
    put(tmp_path, {JOB: "{}", OUTCOME: text})
    found = probe_outcome(tmp_path)
    assert found is not None
    assert found.state == "unreadable"
    assert found.said.startswith(OUTCOME)


def put(root: Path, files: dict[str, str]) -> None:
    for path, text in files.items():
        (root / path[1:]).parent.mkdir(parents=True, exist_ok=True)
        (root / path[1:]).write_text(text)
