"""A QEMU process that may have been started by an earlier `bedplate`.

A process is watched through its pidfd, pidfd_open(2): its end is an event to wait for, and the
number cannot come to mean another process while it is held.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from bedplate.errors import CommandError, Problem

T = TypeVar("T")

_TICK_SECONDS = 0.02


class Process:
    """A running program that need not be a child of this one."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._fd: int | None
        try:
            self._fd = os.pidfd_open(pid)
        except ProcessLookupError:
            self._fd = None

    def ended(self, timeout: float = 0.0) -> bool:
        """Whether it is over, after waiting for that for up to `timeout` seconds."""
        if self._fd is None:
            return True
        poll = select.poll()
        poll.register(self._fd, select.POLLIN)
        return bool(poll.poll(timeout * 1000))

    def kill(self, timeout: float = 30.0) -> None:
        """End it at once, as a power cut would, and wait until it is gone."""
        if self._fd is None:
            return
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._fd, signal.SIGKILL)
        if not self.ended(timeout):
            message = f"process {self.pid} did not end within {timeout:g} seconds of being killed"
            raise CommandError(Problem("machine-not-ended", "qemu", message))

    def has(self, word: str) -> bool:
        """Whether it runs and has this argument (a process that was given its id later has not)."""
        if self.ended():
            return False
        try:
            line = Path(f"/proc/{self.pid}/cmdline").read_bytes().decode(errors="replace")
        except OSError:
            return False
        return word in line.split("\0")

    def close(self) -> None:
        """Let go of the handle; the process goes on."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def until(self, attempt: Callable[[], T | None], *, timeout: float, what: str) -> T:
        """The first answer of `attempt` that is not `None`, tried again and again.

        Raises `CommandError` when the process ends first or `timeout` seconds have passed.
        """
        deadline = time.monotonic() + timeout
        while (answer := attempt()) is None:
            if self.ended(_TICK_SECONDS):
                message = f"the machine ended while waiting for {what}"
                raise CommandError(Problem("machine-ended", "qemu", message))
            if time.monotonic() > deadline:
                message = f"{what}: not within {timeout:g} seconds"
                raise CommandError(Problem("machine-deadline", "qemu", message))
        return answer
