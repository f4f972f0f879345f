"""Runs programs that a plan states: what they read, and how they may end, is part of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bedplate.errors import CommandError, Problem
from bedplate.model.host_change import HostCommand
from bedplate.model.request import Secrets
from bedplate.model.secret import Secret
from bedplate.model.step import RunInRoot
from bedplate.run import Runner


def run_stated(
    run: Runner,
    stated: HostCommand | RunInRoot,
    text: str | Secret,
    argv: Sequence[str | Path] | None = None,
) -> None:
    """Run a program with a text to read, by other words than its own if `argv` has them.

    Raises `CommandError` if it does not end as it may.
    """
    usual = stated.codes == (0,)
    result = run(argv or stated.argv, stdin=text or None, check=usual)
    if result.code not in stated.codes:
        said = result.stderr.strip() or result.stdout.strip()
        where = " ".join(stated.argv)
        raise CommandError(Problem("command-failed", where, f"ended with {result.code}: {said}"))


def filled_in(text: str, key: str | None, where: str, secrets: Secrets) -> str | Secret:
    """A text with the secret that belongs in it. Raises `UsageError` if it is not there."""
    return text if key is None else secrets.fill(text, key, where)
