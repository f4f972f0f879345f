"""A person at a machine's serial console: keys go in, what the machine prints comes out."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import termios
import tty
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from bedplate.errors import CommandError, Problem

LEAVE: Final = b"\x1d"
"""What Ctrl-] sends."""

_CHUNK: Final = 4096


def attach(serial: Path, keyboard: int, screen: int) -> None:
    """Connect two file descriptors to a console until Ctrl-], end of input or the machine's end."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        try:
            line.connect(str(serial))
        except OSError as error:
            message = f"nobody answers: {error.strerror}"
            raise CommandError(Problem("console-closed", str(serial), message)) from error
        with _raw(keyboard):
            _shuttle(line, keyboard, screen)


def _shuttle(line: socket.socket, keyboard: int, screen: int) -> None:
    while True:
        ready, _, _ = select.select([line.fileno(), keyboard], [], [])
        if line.fileno() in ready:
            printed = line.recv(_CHUNK)
            if not printed:
                return
            _write_all(screen, printed)
        if keyboard in ready:
            typed, leave, _ = os.read(keyboard, _CHUNK).partition(LEAVE)
            line.sendall(typed)
            if leave or not typed:
                return


def _write_all(screen: int, data: bytes) -> None:
    while data:
        data = data[os.write(screen, data) :]


@contextlib.contextmanager
def _raw(keyboard: int) -> Iterator[None]:
    """Every key as it is, Ctrl-C included; nothing to do where there is no terminal."""
    if not os.isatty(keyboard):
        yield
        return
    before = termios.tcgetattr(keyboard)
    tty.setraw(keyboard)
    try:
        yield
    finally:
        termios.tcsetattr(keyboard, termios.TCSADRAIN, before)
