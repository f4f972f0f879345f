"""The processes of a session, setsid(2): what they print, and how all of them are ended.

A program that somebody else wrote may start others, and ignore being asked to end. What it starts
is in its session, unless that makes one of its own. A process is only signalled by a handle of it,
never by a number that another one may have by then.
"""

from __future__ import annotations

import os
import select
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

_PROC = Path("/proc")
_KILLED_WITHIN_SECONDS = 10.0
_READ_BYTES = 65536
# pipe(7): a pipe has no more in it when nobody writes to it any more.
_LEFT_IN_A_PIPE = range(16)
# proc_pid_stat(5): what has ended and was not waited for yet.
_ENDED = ("Z", "X")

Heard = Callable[[bytes], object]


@dataclass(frozen=True, slots=True)
class Session:
    """A session by the id of its leader, with a handle of that, and the pipe that it prints to."""

    leader: int
    handle: int
    pipe: int

    def listen(self, heard: Heard, seconds: float, stops: Sequence[int] = ()) -> bool:
        """Pass on what is printed until the leader has ended.

        `False` if it has not ended after so long, or when there is something to read from one of
        `stops`.
        """
        watched = [self.handle, self.pipe, *stops]
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            ready, _, _ = select.select(watched, [], [], left)
            if self.handle in ready:
                return True
            if any(stop in ready for stop in stops):
                return False
            if self.pipe in ready:
                if chunk := os.read(self.pipe, _READ_BYTES):
                    heard(chunk)
                else:
                    watched.remove(self.pipe)  # it has closed its output, and goes on
        return False

    def hear_the_rest(self, heard: Heard) -> None:
        """Pass on what was printed and not read yet, whoever still has the pipe open."""
        os.set_blocking(self.pipe, False)
        with suppress(BlockingIOError):
            for _ in _LEFT_IN_A_PIPE:
                if chunk := os.read(self.pipe, _READ_BYTES):
                    heard(chunk)

    def end(self, heard: Heard, grace_seconds: float) -> None:
        """Have all of it end: asked first, made to after a while if the leader is still there."""
        with _handles(self.leader) as handles:
            _send(handles, signal.SIGTERM)
        self.listen(heard, grace_seconds)
        self.kill()

    def kill(self) -> None:
        """Kill every process of it, and what they start meanwhile; returns when all are gone.

        One that the kernel does not let go of, because a disk does not answer, is not waited for.
        """
        deadline = time.monotonic() + _KILLED_WITHIN_SECONDS
        while time.monotonic() < deadline:
            with _handles(self.leader) as handles:
                if not handles:
                    return
                _send(handles, signal.SIGKILL)
                for handle in handles:
                    select.select([handle], [], [], max(0.0, deadline - time.monotonic()))


@contextmanager
def session_of(leader: int, pipe: IO[bytes] | None) -> Iterator[Session]:
    """The session of a child that leads one, and prints to `pipe`."""
    assert pipe is not None, "it was started with its output nowhere to be heard"
    handle = os.pidfd_open(leader)
    try:
        yield Session(leader, handle, pipe.fileno())
    finally:
        os.close(handle)


def parse_stat(text: str) -> tuple[str, int]:
    """State and session of a process by its /proc/PID/stat; its name may have anything in it."""
    state, _parent, _group, session = text.rpartition(")")[2].split()[:4]
    return state, int(session)


def _send(handles: list[int], number: signal.Signals) -> None:
    for handle in handles:
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(handle, number)


@contextmanager
def _handles(session: int) -> Iterator[list[int]]:
    """A handle of each process of a session that has not ended."""
    handles: list[int] = []
    try:
        for entry in _PROC.iterdir():
            if entry.name.isdecimal() and _is_in(entry, session):
                with suppress(ProcessLookupError):
                    handle = os.pidfd_open(int(entry.name))
                    handles.append(handle)
                    if not _is_in(entry, session):  # it has ended, and another has its number
                        os.close(handles.pop())
        yield handles
    finally:
        for handle in handles:
            os.close(handle)


def _is_in(entry: Path, session: int) -> bool:
    try:
        state, found = parse_stat((entry / "stat").read_text(errors="replace"))
    except OSError:  # it has ended since it was seen
        return False
    return found == session and state not in _ENDED
