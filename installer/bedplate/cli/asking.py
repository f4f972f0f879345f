"""Asking before something is done that is not easily undone."""

from __future__ import annotations

import sys
from collections.abc import Callable

import typer

from bedplate.errors import Problem, RefusedError, UndecidedError


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


def decide(undecided: UndecidedError) -> str:
    """The name of the choice that a person takes; raises the error again if nobody is there."""
    if not sys.stdin.isatty():
        raise undecided
    for number, choice in enumerate(undecided.choices, start=1):
        known = "" if choice.name in choice.title else f"  ({choice.name})"
        typer.echo(f"  {number}  {choice.title}{known}")
    which = "the old disk" if undecided.argument == "old" else "the new disk"

    def understand(answer: str) -> str:
        if not answer.isdecimal() or not 1 <= int(answer) <= len(undecided.choices):
            raise typer.BadParameter(f"a number from 1 to {len(undecided.choices)} is needed")
        return undecided.choices[int(answer) - 1].name

    return str(typer.prompt(f"Which is {which}", value_proc=understand))
