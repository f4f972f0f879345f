"""What a run looks like while it goes on, and what is left of it at the end."""

from __future__ import annotations

import io

import pytest

from bedplate.cli.board import Board, State
from bedplate.cli.progress import sink_for, terminal_sink
from bedplate.events import Event, PlainLines, What

RUN = [
    Event(What.RUN_STARTED, text="zfs-mirror on 2 disk(s)"),
    Event(What.STEP_SKIPPED, "check", "c", "compare checksums", seconds=0.5),
    Event(What.STEP_STARTED, "partition", "a", "disk a", seconds=1.0),
    Event(What.STEP_STARTED, "partition", "b", "disk b", seconds=1.0),
    Event(What.STEP_DONE, "partition", "a", seconds=2.0),
    Event(What.STEP_DONE, "partition", "b", seconds=2.5),
    Event(What.WARNING, "boot", "n", "no [bold]NVRAM[/]", seconds=2.5),
    Event(What.STEP_STARTED, "unpack", "u", "extract", seconds=2.5),
    Event(What.STEP_PROGRESS, "unpack", "u", done=0.25, seconds=5.0),
]
DONE = [Event(What.STEP_DONE, "unpack", "u", seconds=10.0), Event(What.RUN_DONE, seconds=12.0)]
FAILED = [Event(What.STEP_FAILED, "unpack", "u", "full", seconds=6.0)]


def board(events: list[Event]) -> Board:
    result = Board()
    for event in events:
        result.take(event)
    return result


def test_steps_under_way() -> None:
    phase = board(RUN).phases["unpack"]
    assert (phase.state, phase.seconds(7.5), phase.count()) == (State.RUNNING, 5.0, "")
    assert [(step.text, step.since, step.done) for step in phase.steps.values()] == [
        ("extract", 2.5, 0.25)
    ]


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        (
            RUN + DONE,
            [
                "    ok  check          0.0 s  1 done before",
                "    ok  partition      1.5 s  2 steps",
                "    ok  boot           0.0 s",
                "    ok  unpack         7.5 s  1 step",
                "        total         12.0 s",
            ],
        ),
        (
            RUN + FAILED,
            [
                "    ok  check          0.0 s  1 done before",
                "    ok  partition      1.5 s  2 steps",
                "    ok  boot           0.0 s",
                "failed  unpack         3.5 s",
                "        total          6.0 s",
            ],
        ),
    ],
)
def test_summary(events: list[Event], expected: list[str]) -> None:
    assert board(events).summary() == expected


def test_a_pipe_gets_plain_lines() -> None:
    stream = io.StringIO()
    with sink_for(stream) as sink:
        assert sink == PlainLines(stream)


class Terminal(io.StringIO):
    """A stream that says that it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("name", ["dumb", "", None])
def test_a_dumb_terminal_gets_plain_lines(
    monkeypatch: pytest.MonkeyPatch, name: str | None
) -> None:
    if name is None:
        monkeypatch.delenv("TERM", raising=False)
    else:
        monkeypatch.setenv("TERM", name)
    stream = Terminal()
    with sink_for(stream) as sink:
        assert sink == PlainLines(stream)


def test_a_terminal_keeps_warnings_and_the_summary(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")
    stream = Terminal()
    with terminal_sink(stream) as sink:
        for event in RUN + DONE:
            sink(event)
    text = stream.getvalue()
    assert "warning: no [bold]NVRAM[/]" in text
    assert text.endswith("\n".join(board(RUN + DONE).summary()) + "\n")
