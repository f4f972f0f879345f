"""`bedplate disk`: which disks there are, which a request means, and changes of those in use."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from bedplate.cli.disk_change import (
    attach_command,
    detach_command,
    expand_command,
    replace_command,
    watch_command,
)
from bedplate.cli.disk_health import health_command
from bedplate.cli.options import Answer, AsJson
from bedplate.cli.plan import read_answer, read_facts
from bedplate.cli.tables import show, table
from bedplate.config.layouts import load_layout
from bedplate.errors import RefusedError
from bedplate.model.facts import DiskFact, Facts
from bedplate.plan.belongings import carries_data, uses_of
from bedplate.plan.choose import untouchable
from bedplate.plan.compound import Wholes, wholes_of
from bedplate.plan.explain import Verdict, explain_group
from bedplate.plan.groups import plan_groups, refuse_shared
from bedplate.units import human

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)
app.command("replace")(replace_command)
app.command("attach")(attach_command)
app.command("detach")(detach_command)
app.command("expand")(expand_command)
app.command("watch")(watch_command)
app.command("health")(health_command)

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
    wholes = wholes_of(facts)
    rows = (_row(disk, facts, wholes) for disk in facts.disks)
    show(table("", "path size transport kind state id", rows))


@app.command("match")
def match_command(answer: Answer, facts_file: FactsFile = None, as_json: AsJson = False) -> None:
    """Show which disks an answer file means, and why not each of the others."""
    request = read_answer(answer)
    facts = read_facts(facts_file)
    groups = plan_groups(request, load_layout(request.layout), facts)
    verdicts = {group.key: explain_group(group, facts) for group in groups}
    if as_json:
        every = (verdict for group in verdicts.values() for verdict in group)
        typer.echo(json.dumps([v.model_dump(mode="json") for v in every], indent=2))
    else:
        for group in groups:
            title = group.key if len(groups) > 1 else ""
            show(verdict_table(verdicts[group.key], title))
            for warning in group.choice.warnings:
                typer.echo(warning)
    problems = [problem for group in groups for problem in group.choice.problems]
    problems += refuse_shared(groups)
    if problems:
        raise RefusedError(problems)


def verdict_table(verdicts: Iterable[Verdict], title: str = "") -> Table:
    """What a request makes of each disk of a machine."""
    return table(title, "path chosen why-not id", map(_verdict_row, verdicts))


def _row(disk: DiskFact, facts: Facts, wholes: Wholes) -> tuple[str, ...]:
    kind = {True: "disk", False: "flash", None: ""}[disk.rotational]
    return (
        disk.path,
        human(disk.size_bytes),
        disk.transport or "",
        f"{kind}, removable" if disk.removable else kind,
        _state(disk, facts, wholes),
        disk.id,
    )


def _state(disk: DiskFact, facts: Facts, wholes: Wholes) -> str:
    """Whether an installation may have the disk, in a word or with the reason."""
    if disk.error is not None:
        return f"unreadable: {disk.error}"
    reasons = [problem.code.removeprefix("disk-") for problem in untouchable(disk, wholes)]
    if reasons:
        return ", ".join(reasons)
    if uses_of(disk, facts):
        return "in use"
    return "has data" if carries_data(disk) else "blank"


def _verdict_row(verdict: Verdict) -> tuple[str, ...]:
    place = "" if verdict.place is None else f"as number {verdict.place}"
    return (verdict.path, place, "; ".join(verdict.reasons), verdict.disk)
