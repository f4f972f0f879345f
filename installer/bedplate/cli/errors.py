"""How a run that went wrong ends: what is printed, and with which exit code."""

from __future__ import annotations

import json

import typer

from bedplate.errors import BedplateError, ExitCode, RefusedError, UsageError


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
    refusals = [
        {
            "code": problem.code,
            "where": problem.where,
            "message": problem.message,
            "hint": problem.hint,
        }
        for problem in error.problems
    ]
    return json.dumps({"refusals": refusals}, indent=2, ensure_ascii=False)


def render_problems(error: BedplateError) -> str:
    """One line for each problem, with its hint below it."""
    lines: list[str] = []
    for problem in error.problems:
        place = f"{problem.where}: " if problem.where else ""
        lines.append(
            f"{_HEADING.get(type(error), 'error')}[{problem.code}] {place}{problem.message}"
        )
        if problem.hint:
            lines.append(f"    hint: {problem.hint}")
    return "\n".join(lines)


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
