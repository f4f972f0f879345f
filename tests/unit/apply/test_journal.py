"""The record of a run survives being cut off in the middle of a line."""

from __future__ import annotations

from pathlib import Path

import pytest

from bedplate.apply.journal import Journal
from bedplate.errors import UsageError
from bedplate.events import Clock, What
from bedplate.model.plan import Plan
from tests.support.plans import plan_of


@pytest.fixture
def journal(tmp_path: Path) -> Journal[Plan]:
    return Journal(Plan, tmp_path)


def record(journal: Journal[Plan], *events: tuple[What, str]) -> None:
    with journal.sink() as sink:
        clock = Clock((sink,))
        for what, step in events:
            clock.say(what, step=step)


def test_only_steps_that_ended_well_count(journal: Journal[Plan]) -> None:
    record(
        journal,
        (What.STEP_STARTED, "a"),
        (What.STEP_DONE, "a"),
        (What.STEP_SKIPPED, "b"),
        (What.STEP_STARTED, "c"),
        (What.STEP_FAILED, "c"),
    )
    assert journal.done() == {"a", "b"}


def test_a_torn_last_line_is_a_step_that_did_not_end(
    journal: Journal[Plan], tmp_path: Path
) -> None:
    record(journal, (What.STEP_DONE, "a"), (What.STEP_DONE, "b"))
    path = tmp_path / "journal.jsonl"
    path.write_bytes(path.read_bytes()[:-20])
    assert journal.done() == {"a"}


def test_progress_is_not_worth_a_disk_write(journal: Journal[Plan], tmp_path: Path) -> None:
    record(journal, (What.STEP_PROGRESS, "a"))
    assert (tmp_path / "journal.jsonl").read_text() == ""


def test_a_new_run_forgets_the_one_before(journal: Journal[Plan]) -> None:
    record(journal, (What.STEP_DONE, "a"))
    journal.begin(plan_of())
    assert (journal.plan(), journal.done()) == (plan_of(), frozenset())


def test_a_damaged_plan_is_a_usage_error(journal: Journal[Plan], tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_text('{"version": 1')
    with pytest.raises(UsageError, match="not a plan of this version"):
        journal.plan()
