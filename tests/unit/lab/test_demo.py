"""What the demonstration asks its hosts, and what it makes of their answers."""

from __future__ import annotations

import pytest

from bedplate.errors import ApplyError
from bedplate.lab.demo import Check, checks, judge, script_of

QUESTIONS = (
    Check("it says so", "echo so", "so"),
    Check("nothing is said", "true", ""),
    Check("it fails", "echo why >&2; exit 3", "fine"),
    Check("it is several words", "printf 'a\\nb'", "a\nb"),
)


def test_every_wrong_answer_is_told_and_a_right_one_is_not() -> None:
    answers = "so\n-- next --\n-- next --\nwhy\n-- next --\na\nb-- next --\n"
    with pytest.raises(ApplyError) as raised:
        judge(QUESTIONS, answers)
    (problem,) = raised.value.problems
    assert problem.where == "it fails"
    assert problem.message == "`echo why >&2; exit 3` says 'why', wanted was 'fine'"


def test_answers_that_never_came_are_wrong() -> None:
    with pytest.raises(ApplyError) as raised:
        judge(QUESTIONS, "so\n-- next --\n")
    assert [problem.where for problem in raised.value.problems] == [
        "nothing is said",
        "it fails",
        "it is several words",
    ]


def test_a_host_whose_pool_misses_a_disk_is_asked_for_that() -> None:
    assert "DEGRADED" in {check.wanted for check in checks("DEGRADED")}
    assert script_of(checks("ONLINE")).count("echo -- next --") == len(checks("ONLINE"))
