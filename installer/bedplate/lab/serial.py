"""A shell on a machine's serial console.

Commands run one at a time in a subshell whose input is empty. The output is found between two
markers; each is sent in two pieces that the shell joins, so the echo of the command line never
contains one. Whatever is read goes nowhere else: the machine itself logs its console to a file.
"""

from __future__ import annotations

import base64
import contextlib
import re
import shlex
import socket
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pexpect
from pexpect import fdpexpect

from bedplate.errors import CommandError, Problem

PROMPT = "bedplate-live:# "
COMMAND_SECONDS = 60.0
_CHUNK_CHARACTERS = 2048
_LONGEST_LINE = 4094
"""What a terminal takes in one line, with the end of it: N_TTY_BUF_SIZE, termios(3)."""


class Console:
    """One end of a serial line with a POSIX shell at the other."""

    def __init__(self, connection: socket.socket, name: str) -> None:
        self._socket = connection
        self._name = name
        self._numbers: Iterator[int] = count(1)
        self._line = fdpexpect.fdspawn(
            connection.fileno(), encoding="utf-8", codec_errors="replace", maxread=65536
        )

    @classmethod
    def connect(cls, path: Path, name: str) -> Console:
        """The console of the machine `name` behind a unix socket."""
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.connect(str(path))
        except OSError as error:
            connection.close()
            message = f"nobody answers at {path}: {error.strerror}"
            raise CommandError(Problem("console-closed", name, message)) from error
        return cls(connection, name)

    def expect(self, pattern: str, *, timeout: float) -> str:
        """Wait for a pattern; returns what was printed before it. `CommandError` otherwise."""
        try:
            self._line.expect(pattern, timeout=timeout)
        except pexpect.TIMEOUT:
            message = f"{pattern!r} not seen within {timeout:g} seconds; last: {self._last()}"
            raise CommandError(Problem("console-timeout", self._name, message)) from None
        except (pexpect.EOF, OSError) as error:
            message = f"the machine ended before {pattern!r} was seen; last: {self._last()}"
            raise CommandError(Problem("console-closed", self._name, message)) from error
        return str(self._line.before or "")

    def send_line(self, text: str) -> None:
        """Type a line."""
        self.send(text + "\r")

    def send(self, keys: str) -> None:
        """Press keys."""
        try:
            self._line.send(keys)
        except OSError as error:
            raise CommandError(
                Problem("console-closed", self._name, f"the machine is gone: {error.strerror}")
            ) from error

    def execute(self, command: str, *, timeout: float = COMMAND_SECONDS) -> tuple[int, str]:
        """Exit status and output (with standard error) of a command of one line."""
        assert "\n" not in command, "one line; send a script as a file"
        number = next(self._numbers)
        line = render_command(command, number)
        assert len(line.encode()) <= _LONGEST_LINE, "too long to type; send it as a file"
        self.send_line(line)
        # Behind the first marker comes nothing but output: the echo ended before it.
        self.expect(f"bp-begin-{number}\r\n", timeout=timeout)
        output = self.expect(rf"\r\nbp-end-{number}-(\d+)\r\n", timeout=timeout)
        assert isinstance(self._line.match, re.Match)
        return int(self._line.match[1]), output.replace("\r\n", "\n")

    def succeed(self, command: str, *, timeout: float = COMMAND_SECONDS) -> str:
        """Output of a command that must end with 0."""
        status, output = self.execute(command, timeout=timeout)
        if status != 0:
            message = f"`{command}` ended with {status}: {output[-2000:].strip()}"
            raise CommandError(Problem("guest-command-failed", self._name, message))
        return output

    def fail(self, command: str, *, timeout: float = COMMAND_SECONDS) -> str:
        """Output of a command that must not end with 0."""
        status, output = self.execute(command, timeout=timeout)
        if status == 0:
            message = f"`{command}` succeeded, and should not have: {output[-2000:].strip()}"
            raise CommandError(Problem("guest-command-succeeded", self._name, message))
        return output

    def send_file(self, content: bytes, path: str, *, mode: int = 0o600) -> None:
        """Put a small file into the guest; its folder must exist."""
        target = shlex.quote(path)
        text = base64.b64encode(content).decode()
        self.succeed(f"umask 077; : >{target}; chmod {mode:o} {target}")
        for start in range(0, len(text), _CHUNK_CHARACTERS):
            piece = text[start : start + _CHUNK_CHARACTERS]
            self.succeed(f"echo {piece} | base64 -d >>{target}")

    def close(self) -> None:
        """Hang up."""
        with contextlib.suppress(OSError):
            self._socket.close()

    def _last(self) -> str:
        said = self._line.before
        return repr(said[-400:]) if isinstance(said, str) and said else "nothing"


def render_command(command: str, number: int) -> str:
    """The line to type for a command, with markers that its own echo does not contain."""
    # No pager and no colours: the output is read by a program, on something that is a terminal.
    plain = "export TERM=dumb SYSTEMD_PAGER=cat"
    return (
        f"echo bp-be''gin-{number}; ({plain}; eval {shlex.quote(command)}) </dev/null 2>&1; "
        f"printf '\\nbp-%s-{number}-%s\\n' end $?"
    )
