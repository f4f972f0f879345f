"""The questions of the demonstration, asked of a real shell."""

from __future__ import annotations

import pytest

from bedplate.errors import ApplyError
from bedplate.lab.demo import Check, judge, script_of
from bedplate.run import run

QUESTIONS = (
    Check("it says so", "echo so", "so"),
    Check("it fails in silence", "false", ""),
    Check("it says so and fails", "echo so; exit 3", "so"),
    Check("nothing is said", "true", ""),
)


def test_a_command_that_fails_is_a_wrong_answer_whatever_it_says() -> None:
    with pytest.raises(ApplyError) as raised:
        judge(QUESTIONS, run(["sh", "-c", script_of(QUESTIONS)]).stdout)
    assert [problem.where for problem in raised.value.problems] == [
        "it fails in silence",
        "it says so and fails",
    ]
