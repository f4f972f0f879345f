"""Programs that nothing is known of, with all that they start: real ones that behave badly."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from bedplate.errors import CommandError
from bedplate.run import allow_programs, run_session, stop_programs
from bedplate.sessions import Heard
from tests.support.processes import assert_ended

# A shell that is asked to end says so and goes on.
DEAF = "trap 'echo asked' TERM; echo up; while :; do sleep 600 & wait $!; done"


class Session:
    """A shell line run as a session of its own, and what was heard of it, or who hears that."""

    def __init__(self) -> None:
        self.heard = b""
        self.hear: Heard = self.keep

    def keep(self, chunk: bytes) -> None:
        self.heard += chunk

    def run(self, line: str, *, seconds: float = 60, stdin: Path | None = None) -> int | None:
        return run_session(
            ["bash", "-c", line],
            heard=self.hear,
            seconds=seconds,
            grace_seconds=0.5,
            stdin=stdin,
            env={"ADDED": "yes"},
        )


@pytest.fixture
def session() -> Session:
    return Session()


@pytest.mark.parametrize(
    ("line", "code", "heard"),
    [
        ("echo out; echo err >&2; exit 3", 3, b"out\nerr\n"),
        ("kill -KILL $$", -9, b""),
        ('echo "$ADDED ${LC_ALL}"; cat', 0, b"yes C.UTF-8\n"),
        ("exec >&- 2>&-; sleep 0.2; exit 4", 4, b""),  # goes on without an output
        ("setsid sh -c 'sleep 5; echo late' & echo soon", 0, b"soon\n"),  # not waited for
        ("head -c 300000 /dev/zero", 0, bytes(300000)),
    ],
    ids=["both-outputs", "signal", "environment", "closed", "another-session", "much"],
)
def test_how_it_ends(session: Session, line: str, code: int, heard: bytes) -> None:
    before = time.monotonic()
    assert session.run(line) == code
    assert session.heard == heard
    assert time.monotonic() - before < 4


def test_it_may_leave_its_input_unread(session: Session, tmp_path: Path) -> None:
    (tmp_path / "input").write_bytes(b"line\n" + bytes(10**6))
    assert session.run("read -r one; echo $one", stdin=tmp_path / "input") == 0
    assert session.heard == b"line\n"


def test_what_it_leaves_running_ends_with_it(session: Session) -> None:
    """Even in a group of its own, and in spite of being asked."""
    assert session.run("set -m; (trap '' TERM; exec sleep 600) & echo $!") == 0
    assert_ended(int(session.heard))


def test_one_that_takes_too_long_is_asked_and_then_made_to_end(session: Session) -> None:
    assert session.run(DEAF, seconds=0.5) is None
    assert session.heard == b"up\nasked\n"


def test_one_that_prints_without_end_takes_no_longer(session: Session) -> None:
    session.hear = len  # nobody has room for all that
    before = time.monotonic()
    assert session.run("yes", seconds=0.5) is None
    assert time.monotonic() - before < 10


def test_stopping_programs_ends_it_whether_it_will_or_not(session: Session) -> None:
    def hear(chunk: bytes) -> None:
        if chunk == b"up\n":
            threading.Thread(target=stop_programs).start()

    session.hear = hear  # as a signal would, at that moment
    try:
        assert session.run(DEAF) is None
        with pytest.raises(CommandError, match="was not started"):
            session.run("true")
    finally:
        allow_programs()
    assert session.run("true") == 0


def test_an_error_of_whoever_listens_ends_it_too(session: Session) -> None:
    pids: list[int] = []

    def hear(chunk: bytes) -> None:
        pids.append(int(chunk))
        raise OSError("no room")

    session.hear = hear  # a disk that is full
    with pytest.raises(OSError, match="no room"):
        session.run("trap '' TERM; echo $$; sleep 600")
    assert_ended(pids[0])


def test_what_cannot_be_begun_is_named(session: Session, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be read"):
        session.run("true", stdin=tmp_path / "gone")
    with pytest.raises(CommandError, match="is not installed"):
        run_session(["no-such-tool"], heard=session.hear, seconds=1, grace_seconds=1)
