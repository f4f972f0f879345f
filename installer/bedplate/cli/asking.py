"""Asking before something is done that is not easily undone."""

from __future__ import annotations

import sys

import typer

from bedplate.errors import Problem, RefusedError


def agree(command: str, question: str, *, yes: bool) -> None:
    """Ask, unless `yes` was said already. Raises `RefusedError` unless the answer is yes."""
    if yes:
        return
    if not sys.stdin.isatty():
        message = "nobody is there to confirm it"
        raise RefusedError(Problem("not-confirmed", command, message, "say it with --yes"))
    if not typer.confirm(question):
        raise RefusedError(Problem("not-confirmed", command, "was not confirmed"))
