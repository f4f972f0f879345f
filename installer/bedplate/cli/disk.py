"""`bedplate disk list` and `disk match`: which disks there are, and which a request means."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from bedplate.cli.options import Answer, AsJson
from bedplate.cli.plan import read_answer, read_facts
from bedplate.cli.tables import show, table
from bedplate.config.layouts import load_layout
from bedplate.errors import RefusedError
from bedplate.model.facts import DiskFact, Facts
from bedplate.plan.belongings import carries_data, uses_of
from bedplate.plan.choose import untouchable
from bedplate.plan.explain import Verdict, explain_choice
from bedplate.plan.refuse import disk_maximum
from bedplate.units import human

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)

FactsFile = Annotated[
    Path | None, typer.Option("--facts", help="A saved machine instead of this one.")
]


@app.command("list")
def list_command(facts_file: FactsFile = None, as_json: AsJson = False) -> None:
    """Show every disk, with the words by which an answer file can choose it."""
    facts = read_facts(facts_file)
    if as_json:
        disks = [disk.model_dump(mode="json") for disk in facts.disks]
        typer.echo(json.dumps(disks, indent=2))
        return
    rows = (_row(disk, facts) for disk in facts.disks)
    show(table("", "path size transport kind state id", rows))


@app.command("match")
def match_command(answer: Answer, facts_file: FactsFile = None, as_json: AsJson = False) -> None:
    """Show which disks an answer file means, and why not each of the others."""
    request = read_answer(answer)
    facts = read_facts(facts_file)
    maximum = disk_maximum(load_layout(request.layout))
    choice, verdicts = explain_choice(request.disks, facts, maximum)
    if as_json:
        typer.echo(json.dumps([v.model_dump(mode="json") for v in verdicts], indent=2))
    else:
        show(table("", "path chosen why-not id", map(_verdict_row, verdicts)))
        for warning in choice.warnings:
            typer.echo(warning)
    if choice.problems:
        raise RefusedError(choice.problems)


def _row(disk: DiskFact, facts: Facts) -> tuple[str, ...]:
    kind = {True: "disk", False: "flash", None: ""}[disk.rotational]
    return (
        disk.path,
        human(disk.size_bytes),
        disk.transport or "",
        f"{kind}, removable" if disk.removable else kind,
        _state(disk, facts),
        disk.id,
    )


def _state(disk: DiskFact, facts: Facts) -> str:
    """Whether an installation may have the disk, in a word or with the reason."""
    if disk.error is not None:
        return f"unreadable: {disk.error}"
    reasons = [problem.code.removeprefix("disk-") for problem in untouchable(disk)]
    if reasons:
        return ", ".join(reasons)
    if uses_of(disk, facts):
        return "in use"
    return "has data" if carries_data(disk) else "blank"


def _verdict_row(verdict: Verdict) -> tuple[str, ...]:
    place = "" if verdict.place is None else f"as number {verdict.place}"
    return (verdict.path, place, "; ".join(verdict.reasons), verdict.disk)
