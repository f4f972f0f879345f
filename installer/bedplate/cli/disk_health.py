"""`bedplate disk health`: what the disks say of themselves."""

from __future__ import annotations

import json
from collections.abc import Iterator

import typer
from rich.table import Table

from bedplate.apply.smart import switch_smart_on
from bedplate.cli.host_changing import end_with_problems
from bedplate.cli.root import require_root
from bedplate.cli.tables import show, table
from bedplate.facts.disks import probe_disk_facts
from bedplate.facts.smart import probe_smart
from bedplate.facts.tools import MissingTool
from bedplate.model.facts import DiskFact
from bedplate.model.smart import DiskHealth, SmartFact, SmartState
from bedplate.plan.disk_health import judge, problems_of
from bedplate.run import run

_COLUMNS = "path health model serial slot counts"
_NO_COUNTS = {
    SmartState.NONE: "has no SMART",
    SmartState.OFF: "SMART is switched off",
    SmartState.SILENT: "no answer",
}


def show_health(*, as_json: bool, enable: bool) -> None:
    """What every disk says of its own health (SMART); exit code 4 if one is not well.

    With `enable`, one that was told to say nothing is told otherwise, and asked again.
    """
    require_root("ask disks how they are")
    disks = probe_disk_facts(run)
    try:
        smart = probe_smart(run, disks)
        if enable:
            smart = _with_switched_on(disks, smart)
    except MissingTool as missing:
        why = "is not installed, and no disk can be asked without it"
        raise missing.as_error(why, "`apt install smartmontools`") from missing
    found = tuple(judge(disk, fact) for disk, fact in zip(disks, smart, strict=True))
    if as_json:
        typer.echo(json.dumps([one.model_dump(mode="json") for one in found], indent=2))
    else:
        show(health_table(found))
    end_with_problems(problems_of(found), shown=as_json)


def _with_switched_on(
    disks: tuple[DiskFact, ...], smart: tuple[SmartFact, ...]
) -> tuple[SmartFact, ...]:
    off = {fact.disk for fact in smart if fact.state is SmartState.OFF}
    changed = tuple(d for d in disks if d.id in off and switch_smart_on(run, d.path))
    for disk in changed:
        typer.echo(f"{disk.describe()}: SMART was off, and is on now.", err=True)
    told = {fact.disk: fact for fact in probe_smart(run, changed)}
    return tuple(told.get(fact.disk, fact) for fact in smart)


def health_table(found: tuple[DiskHealth, ...]) -> Table:
    """A line for each disk, with the numbers that matter of its kind."""
    return table("", _COLUMNS, map(_row, found))


def _row(found: DiskHealth) -> tuple[str, ...]:
    counts = _NO_COUNTS.get(found.smart.state) or ", ".join(_counts(found.smart))
    return (
        found.path,
        found.condition,
        found.model or "",
        found.serial or "",
        found.slot or "",
        counts,
    )


def _counts(smart: SmartFact) -> Iterator[str]:
    for count, words in (
        (smart.reallocated_sectors, "reallocated"),
        (smart.pending_sectors, "pending"),
        (smart.uncorrectable_sectors, "uncorrectable"),
        (smart.grown_defects, "grown defects"),
        (smart.media_errors, "media errors"),
        (smart.percentage_used, "% used"),
        (smart.spare_percent, "% spare"),
        (smart.temperature_celsius, "°C"),
        (smart.power_on_hours, "hours"),
    ):
        if count is not None:
            yield f"{count} {words}"
