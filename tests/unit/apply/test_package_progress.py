"""How far apt is, by what it writes for programs."""

from __future__ import annotations

import signal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from bedplate.apply.packages import (
    Progress,
    install_upgrade,
    parse_progress,
    update_lists,
)
from bedplate.errors import CommandError, InterruptedRunError
from bedplate.events import Clock, Event, What
from bedplate.model.updates import Upgrade
from bedplate.run import Result

CAPTURE = Path(__file__).parents[2] / "captures" / "apt-get-status-fd-2.6.1.txt"


@pytest.mark.parametrize("version", ["2.6.1", "3.0.4"])
def test_every_line_for_programs_is_read_and_no_other(version: str) -> None:
    lines = CAPTURE.with_name(f"apt-get-status-fd-{version}.txt").read_text().splitlines()
    read = [line for line in lines if parse_progress(line) is not None]
    assert read == [line for line in lines if line.startswith(("dlstatus:", "pmstatus:"))]
    assert read


@pytest.mark.parametrize(
    ("line", "progress"),
    [
        ("dlstatus:2:25.0000:Retrieving file 2 of 4", Progress(0.25, "Retrieving file 2 of 4")),
        ("pmstatus:hello:94.7368:Installed hello", Progress(0.947368, "Installed hello")),
        ("pmstatus:libc6:amd64:10:Unpacking libc6", Progress(0.1, "Unpacking libc6")),
        ("pmstatus:a:120:more than all", Progress(1.0, "more than all")),
        ("pmerror:hello:50:it failed: badly", Progress(0.5, "it failed: badly", "hello")),
        ("pmstatus:hello:soon:Installed", None),
        ("Setting up hello (1.0) ...", None),
        ("", None),
    ],
)
def test_lines(line: str, progress: Progress | None) -> None:
    assert parse_progress(line) == progress


def apt(argv: list[str], *, code: int = 0, stderr: str = "", **options: Any) -> Result:
    """An apt that says what is in the capture."""
    hear = options["on_line"]
    for line in CAPTURE.read_text().splitlines():
        hear(line)
    return Result(tuple(argv), code, "", stderr)


def test_progress_is_told_once_for_each_step_of_it() -> None:
    events: list[Event] = []
    update_lists(apt, Clock((events.append,)))  # type: ignore[arg-type]
    told = [(event.text, event.done) for event in events if event.what is What.STEP_PROGRESS]
    assert told[0] == ("Retrieving file 1 of 4", 0.0)
    assert told[-1] == ("Installed hello (amd64)", 0.947368)
    assert all(one != after for one, after in pairwise(told))
    assert [events[0].what, events[-1].what] == [What.STEP_STARTED, What.STEP_DONE]


def test_a_terminal_that_is_gone_does_not_stop_apt() -> None:
    def gone(event: Event) -> None:
        if event.what is What.STEP_PROGRESS:
            raise OSError(5, "Input/output error")

    assert update_lists(apt, Clock((gone,))) == ()  # type: ignore[arg-type]


def test_what_failed_comes_with_the_warnings_that_explain_it() -> None:
    def failing(argv: list[str], **options: Any) -> Result:
        stderr = "W: GPG error: x: NO_PUBKEY 1\nN: a notice\nE: The repository x is not signed.\n"
        return apt(argv, code=100, stderr=stderr, **options)

    with pytest.raises(CommandError) as failure:
        update_lists(failing, Clock(()))  # type: ignore[arg-type]
    assert [problem.code for problem in failure.value.problems] == ["no-key", "not-signed"]


def test_a_failure_without_a_word_has_its_code() -> None:
    def failing(argv: list[str], **options: Any) -> Result:
        return apt(argv, code=100, **options)

    with pytest.raises(CommandError, match="apt-get update: ended with 100"):
        update_lists(failing, Clock(()))  # type: ignore[arg-type]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_waits_until_what_is_being_installed_is_installed(number: signal.Signals) -> None:
    ends: list[str] = []

    def with_signal(argv: list[str], **options: Any) -> Result:
        signal.raise_signal(number)
        ends.append("well")
        return apt(argv, **options)

    with pytest.raises(InterruptedRunError) as interruption:
        install_upgrade(with_signal, Upgrade(), Clock(()))  # type: ignore[arg-type]
    assert ends == ["well"]
    assert interruption.value.problems[0].message == (
        f"stopped by {number.name}, once the packages were installed"
    )
