"""`bedplate disk list|match`: which disks there are, and which of them a request means."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import typer
from rich.table import Table

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


def show_disks(facts_file: Path | None, *, as_json: bool) -> None:
    """Every disk of a saved machine, or of this one."""
    facts = read_facts(facts_file)
    if as_json:
        disks = [disk.model_dump(mode="json") for disk in facts.disks]
        typer.echo(json.dumps(disks, indent=2))
        return
    wholes = wholes_of(facts)
    rows = (_row(disk, facts, wholes) for disk in facts.disks)
    show(table("", "path size transport kind state id", rows))


def show_verdicts(answer: Path, facts_file: Path | None, *, as_json: bool) -> None:
    """What a request makes of each disk. Raises `RefusedError` if it cannot be met by them."""
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
