"""A replacement planned, shown and carried out: what `bedplate.cli.replace` is about."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import typer

from bedplate.apply.disk_change import STATE, DiskRun, in_progress
from bedplate.apply.journal import Journal
from bedplate.apply.kernel_calls import keep_mounts_private
from bedplate.apply.lock import boot_files_locked
from bedplate.cli.asking import agree, decide
from bedplate.cli.doctor import examine
from bedplate.cli.esp_sync import carry_out, look, patience
from bedplate.cli.plan import SEED_BYTES
from bedplate.cli.progress import sink_for
from bedplate.errors import ExitCode, Problem, UndecidedError, UsageError
from bedplate.events import Clock
from bedplate.facts import probe_disk_facts, probe_facts
from bedplate.facts.esps import probe_esps
from bedplate.facts.kernels import text_of
from bedplate.facts.known_disks import probe_known_disks
from bedplate.facts.stores import probe_stores
from bedplate.model.disk_change import DiskChange
from bedplate.model.facts import DiskFact
from bedplate.plan.criteria import names_of
from bedplate.plan.esp_adopt import FSTAB
from bedplate.plan.esp_sync import plan_sync
from bedplate.plan.ids import Ids
from bedplate.plan.replace import ReplaceInput, plan_replacement
from bedplate.render.diagnosis_text import render_diagnosis
from bedplate.render.disk_change_text import render_disk_change
from bedplate.run import run


def unfinished() -> DiskChange | None:
    """The replacement that this host has begun and not come to the end of."""
    return in_progress(_journal())


def show(old: str | None, new: str | None, begun: DiskChange | None, *, as_json: bool) -> None:
    """Print what would be done, or what was begun."""
    plan = begun or _plan(old, new)
    typer.echo(plan.model_dump_json(indent=2) if as_json else render_disk_change(plan))


def begin(old: str | None, new: str | None, *, yes: bool) -> None:
    """Plan, ask, replace, and check the result."""
    plan = _plan(old, new)
    typer.echo(render_disk_change(plan))
    _confirm(yes=yes)
    with _replacing() as run_of:
        run_of.start(plan)
    _finish(plan)


def go_on(begun: DiskChange, new: str | None) -> None:
    """Carry on with what was begun, and check the result."""
    _refuse_other(begun, new)
    keep_mounts_private(run)
    typer.echo(f"Going on with what was begun: {begun.found.describe()} joins.")
    with _replacing() as run_of:
        run_of.resume()
    _finish(begun)


def _finish(plan: DiskChange) -> None:
    """Nothing is called replaced before the host has been looked at again."""
    typer.echo(f"{plan.found.describe()} has taken the place of {plan.old}.")
    found = examine(boot=False)
    typer.echo(render_diagnosis(found), nl=False)
    if not found.is_well:
        raise typer.Exit(ExitCode.DIFFERS)


def _journal() -> Journal[DiskChange]:
    return Journal(DiskChange, STATE)


def _confirm(*, yes: bool) -> None:
    question = "Type yes to overwrite the new disk"
    agree(
        "disk replace",
        "what will be destroyed",
        lambda: typer.prompt(question, default="no") == "yes",
        yes=yes,
    )


def _plan(old: str | None, new: str | None) -> DiskChange:
    keep_mounts_private(run)
    given = ReplaceInput(
        facts=probe_facts(run),
        stores=probe_stores(run),
        esps=probe_esps(run),
        known=probe_known_disks(),
        fstab=text_of(Path("/"), FSTAB) or "",
        old=old,
        new=new,
    )
    while True:
        try:
            return plan_replacement(given, Ids(os.urandom(SEED_BYTES)))
        except UndecidedError as undecided:
            name = decide(undecided)
            given = (
                replace(given, old=name)
                if undecided.argument == "old"
                else replace(given, new=name)
            )


def _refuse_other(begun: DiskChange, new: str | None) -> None:
    """Another new disk than that of the run that was begun means another run."""
    if new is not None and new not in names_of(begun.found):
        message = f"a replacement by {begun.found.describe()} has not come to its end"
        hint = "go on with it: `bedplate disk replace`, or forget it with --anew"
        raise UsageError(Problem("replacement-unfinished", str(new), message, hint))


@contextmanager
def _replacing() -> Iterator[DiskRun]:
    def look_again(only: Collection[str]) -> tuple[DiskFact, ...]:
        return probe_disk_facts(run, only)

    with sink_for(sys.stdout) as sink:
        yield DiskRun(
            run,
            look_again,
            lambda: probe_stores(run),
            _sync_esps,
            _journal(),
            (sink,),
        )


def _sync_esps(clock: Clock) -> tuple[Problem, ...]:
    with boot_files_locked(patience=patience):
        given = look(shown=False)
        plan, failures = carry_out(plan_sync(given), given, clock)
    return (*failures, *plan.problems)
