"""Runs a program that somebody else wrote: within a time, and with all that it starts at its end.

What it prints is heard as it comes and kept in a file. A program that prints without end fills no
disk, and no memory: where the live system keeps its files.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from bedplate.apply.interrupt import raise_if_interrupted
from bedplate.errors import ApplyError, Problem
from bedplate.run import run_session

GRACE_SECONDS = 10.0
"""How long a program that is asked to end may take before it is ended."""
KEPT_BYTES = 8 * 2**20
"""The most that is kept of what one program prints, beside its last lines."""

_PRIVATE = 0o600
_TAIL_BYTES = 4096
_TAIL_LINES = 5
_LINE_BYTES = 2048


@dataclass(frozen=True, slots=True)
class Ended:
    """How a program ended: its exit code, a signal as a negative number, or `None` if it took more
    than its `seconds`; and the last lines that it printed."""

    code: int | None
    seconds: int
    last: tuple[str, ...]

    def check(self, where: str, hint: str = "") -> None:
        """Raise `ApplyError` about `where` unless it ended with 0."""
        if self.code != 0:
            said = f"; it said last: {' / '.join(self.last)}" if self.last else " and said nothing"
            raise ApplyError(Problem("program-failed", where, f"{self._how()}{said}", hint))

    def _how(self) -> str:
        if self.code is None:
            return f"did not end within {self.seconds} seconds"
        return f"ended with {self.code}" if self.code > 0 else f"was ended by signal {-self.code}"


def run_user_program(
    program: Path,
    log: Path,
    seconds: int,
    *,
    stdin: Path | None = None,
    env: Mapping[str, str] | None = None,
    tell: Callable[[str], object] | None = None,
) -> Ended:
    """Run a program, which reads the file `stdin`, to its end, and end what it has left running.

    What it prints is appended to `log`, which only its owner can read, and told line by line.
    Raises `InterruptedRunError` if it was ended because this run was broken off.
    """
    with os.fdopen(os.open(log, os.O_CREAT | os.O_WRONLY | os.O_APPEND, _PRIVATE), "wb", 0) as out:
        said = _Said(out, tell)
        code = run_session(
            # The shell says what is wrong with a program that cannot be started, like the rest.
            ("sh", "-c", 'exec "$0"', program),
            heard=said.hear,
            seconds=seconds,
            grace_seconds=GRACE_SECONDS,
            stdin=stdin,
            env=env,
        )
        said.end()
    if code != 0:
        raise_if_interrupted()
    return Ended(code, seconds, said.last())


@dataclass(slots=True)
class _Said:
    """What a program prints: kept in a file as far as there is room, told in lines."""

    out: BinaryIO
    tell: Callable[[str], object] | None
    room: int = KEPT_BYTES
    left_out: int = 0
    tail: bytes = b""
    line: bytes = b""

    def hear(self, chunk: bytes) -> None:
        kept = chunk[: self.room]
        self.out.write(kept)
        self.room -= len(kept)
        self.left_out += len(chunk) - len(kept)
        self.tail = (self.tail + chunk)[-_TAIL_BYTES:]
        if self.tell is not None:
            *lines, self.line = (self.line + chunk).split(b"\n")
            for line in lines:
                self._tell(line)
            if len(self.line) > _LINE_BYTES:
                self.line = self._tell(self.line)

    def end(self) -> None:
        if self.line:
            self._tell(self.line)
        if self.left_out:
            note = f"\n[{self.left_out} bytes more are not kept; these were the last:]\n"
            self.out.write(note.encode() + self.tail)

    def last(self) -> tuple[str, ...]:
        lines = (line.strip() for line in self.tail.decode(errors="replace").splitlines())
        return tuple(line for line in lines if line)[-_TAIL_LINES:]

    def _tell(self, line: bytes) -> bytes:
        if self.tell is not None and line.strip():
            self.tell(line.decode(errors="replace").rstrip())
        return b""
