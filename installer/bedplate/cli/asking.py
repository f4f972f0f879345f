"""Asking before something is done that is not easily undone."""

from __future__ import annotations

import sys
from collections.abc import Callable

from bedplate.errors import Problem, RefusedError


def agree(command: str, what: str, ask: Callable[[], bool], *, yes: bool) -> None:
    """Ask whether `what` is meant, unless `yes` was said already.

    Raises `RefusedError` unless the answer is yes, or if nobody is there to give one.
    """
    if yes:
        return
    if not sys.stdin.isatty():
        message = f"nobody is there to confirm {what}"
        raise RefusedError(Problem("not-confirmed", command, message, "say it with --yes"))
    if not ask():
        raise RefusedError(Problem("not-confirmed", command, "was not confirmed"))
