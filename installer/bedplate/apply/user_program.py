"""Runs a program that somebody else wrote: within a time, with its group at an end when it is.

What it prints goes to a file, not to a pipe: what it leaves running in the background may hold that
open for ever.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from bedplate.apply.interrupt import raise_if_interrupted
from bedplate.errors import ApplyError, Problem
from bedplate.run import FileInput, Runner

# timeout(1): how long a program that is asked to end may take before it is ended.
_GRACE_SECONDS = 10
_DEADLINE_AFTER_SECONDS = 60.0
# timeout(1): the program was asked to end; its group had to be ended, and timeout with it.
_TIMED_OUT = (124, 137, -9)
_PRIVATE = 0o600
_TAIL_BYTES = 4096
_TAIL_LINES = 5


def run_user_program(
    run: Runner,
    program: Path,
    log: Path,
    seconds: int,
    *,
    where: str,
    stdin: Path | None = None,
    env: Mapping[str, str] | None = None,
    hint: str = "",
) -> str:
    """Run a program to its end, which reads the file `stdin`; returns the last lines it printed.

    All that it prints is appended to `log`, which only its owner can read. Raises `ApplyError`
    about `where` if it does not end with 0 within so many seconds, `InterruptedRunError` if that is
    because this run was broken off.
    """
    os.close(os.open(log, os.O_CREAT | os.O_WRONLY, _PRIVATE))
    before = log.stat().st_size
    shell = ("sh", "-c", 'exec "$0" >>"$1" 2>&1', program, log)
    result = run(
        ("timeout", f"--kill-after={_GRACE_SECONDS}", str(seconds), *shell),
        stdin=None if stdin is None else FileInput(stdin, _not_heard),
        check=False,
        timeout=seconds + _GRACE_SECONDS + _DEADLINE_AFTER_SECONDS,
        env=env,
    )
    said = _tail(log, before)
    if result.code != 0:
        raise_if_interrupted()
        how = _ending(result.code, seconds)
        message = f"{how}; it said last: {' / '.join(said)}" if said else f"{how} and said nothing"
        raise ApplyError(Problem("program-failed", where, message, hint))
    return "\n".join(said)


def _ending(code: int, seconds: int) -> str:
    if code in _TIMED_OUT:
        return f"did not end within {seconds} seconds"
    return f"ended with {code}" if code >= 0 else f"was ended by signal {-code}"


def _tail(log: Path, before: int) -> list[str]:
    """The last lines of what came after the first `before` bytes."""
    with log.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(before, size - _TAIL_BYTES))
        lines = file.read().decode(errors="replace").splitlines()
    return [line.strip() for line in lines if line.strip()][-_TAIL_LINES:]


def _not_heard(_bytes: int) -> None:
    pass
