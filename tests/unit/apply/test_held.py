"""What is taken is given back: in reverse, all of it, and every failure is told."""

from __future__ import annotations

import os
import signal

import pytest

from bedplate.apply.interrupt import interruptible
from bedplate.apply.mounts import Held
from bedplate.errors import BedplateError, CommandError, InterruptedRunError, Problem


def test_things_are_given_back_last_first_and_once() -> None:
    given: list[str] = []
    held = Held()
    held.take("pool", lambda: given.append("pool"))
    held.take("mount", lambda: given.append("mount"))
    held.release()
    held.release()
    assert given == ["mount", "pool"]


def test_a_failure_does_not_keep_the_rest_and_all_are_reported() -> None:
    given: list[str] = []

    def fail() -> None:
        raise CommandError(Problem("command-failed", "umount", "target is busy"))

    held = Held()
    held.take("a", fail)
    held.take("b", lambda: given.append("b"))
    held.take("c", fail)
    with pytest.raises(BedplateError) as caught:
        held.release()
    assert given == ["b"]
    assert [problem.where for problem in caught.value.problems] == ["c", "a"]


def test_a_signal_while_giving_back_waits_until_everything_is_back() -> None:
    given: list[str] = []

    def interrupted() -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        given.append("b")

    held = Held()
    held.take("a", lambda: given.append("a"))
    held.take("b", interrupted)
    with pytest.raises(InterruptedRunError), interruptible():
        held.release()
    assert given == ["b", "a"]
