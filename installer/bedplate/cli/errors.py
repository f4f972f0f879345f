"""How a run that went wrong ends: what is printed, and with which exit code."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict

import typer

from bedplate.errors import BedplateError, ExitCode, Problem, RefusedError, UsageError


def report(error: BedplateError, *, as_json: bool) -> ExitCode:
    """Print every problem and return the exit code.

    A program that asked for JSON gets the refusals of a request on standard output; everything else
    is for people and goes to standard error.
    """
    if as_json and isinstance(error, RefusedError | UsageError):
        typer.echo(refusals_json(error))
    else:
        typer.echo(render_problems(error), err=True)
    return error.exit_code


def refusals_json(error: BedplateError) -> str:
    """The problems as the public `{"refusals": […]}`."""
    refusals = [asdict(problem) for problem in error.problems]
    return json.dumps({"refusals": refusals}, indent=2, ensure_ascii=False)


def render_problems(error: BedplateError) -> str:
    """One line for each problem, with its hint below it."""
    heading = _HEADING.get(type(error), "error")
    return "\n".join(render_problem(problem, heading) for problem in error.problems)


def show_problems(problems: Iterable[Problem]) -> None:
    """Say what a command found that is to be mended, beside its output."""
    for problem in problems:
        typer.echo(render_problem(problem, "problem"), err=True)


def render_problem(problem: Problem, heading: str) -> str:
    """A line for the problem, and one for its hint."""
    place = f"{problem.where}: " if problem.where else ""
    line = f"{heading}[{problem.code}] {place}{problem.message}"
    return f"{line}\n    hint: {problem.hint}" if problem.hint else line


_HEADING: dict[type[BedplateError], str] = {RefusedError: "refused"}


def report_bug(error: Exception) -> ExitCode:
    """Keep the traceback of a programming error in a file and say where it is."""
    # Hardly ever needed, and slow to load.
    import tempfile
    import traceback

    with tempfile.NamedTemporaryFile(
        "w", prefix="bedplate-", suffix=".traceback", delete=False
    ) as file:
        file.write("".join(traceback.format_exception(error)))
    message = f"error[bug] this is a bug in bedplate: {type(error).__name__}"
    typer.echo(f"{message}\n    hint: send {file.name} with your report", err=True)
    return ExitCode.FAILED
