"""Ending a group of processes, and knowing that it has ended."""

from __future__ import annotations

import contextlib
import os
import select
import signal
from collections.abc import Iterator
from pathlib import Path

_GROUP_FIELD = 2  # proc_pid_stat(5): state, ppid, pgrp… after the name in parentheses


def kill_group(group: int, *, deadline: float = 30.0) -> None:
    """Kill every process of a group and return once all of them are gone.

    Processes that trace each other take a second or so to come apart after the signal. Raises
    `TimeoutError` if one outlives `deadline` seconds; a group that is already gone is fine.
    """
    with contextlib.ExitStack() as stack:
        handles = [handle for pid in _members(group) for handle in _open(pid)]
        for handle in handles:
            stack.callback(os.close, handle)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)
        for handle in handles:
            ready, _, _ = select.select([handle], [], [], deadline)
            if not ready:
                raise TimeoutError(f"process group {group} outlived SIGKILL by {deadline:g} s")


def assert_ended(pid: int) -> None:
    """A process was killed, if it has not quite ended yet."""
    with contextlib.suppress(ProcessLookupError):
        handle = os.pidfd_open(pid)
        ready, _, _ = select.select([handle], [], [], 30)
        os.close(handle)
        assert ready


def _members(group: int) -> Iterator[int]:
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            fields = (process / "stat").read_text().rpartition(")")[2].split()
            if int(fields[_GROUP_FIELD]) == group:
                yield int(process.name)


def _open(pid: int) -> Iterator[int]:
    with contextlib.suppress(ProcessLookupError):
        yield os.pidfd_open(pid)
