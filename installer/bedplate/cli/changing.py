"""A change of what this host's disks hold: shown, agreed to, carried out, or gone on with."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import typer

from bedplate.apply.disk_change import STATE, DiskRun, in_progress
from bedplate.apply.journal import Journal
from bedplate.apply.kernel_calls import keep_mounts_private
from bedplate.apply.lock import boot_files_locked
from bedplate.cli.asking import agree
from bedplate.cli.esp_sync import carry_out, look, patience
from bedplate.cli.progress import sink_for
from bedplate.errors import InterruptedRunError, Problem, UsageError
from bedplate.events import Clock
from bedplate.facts import probe_disk_facts
from bedplate.facts.kernels import text_of
from bedplate.facts.root_grub import probe_root_grub
from bedplate.facts.stores import probe_stores
from bedplate.model.disk_change import Action, DiskChange
from bedplate.model.facts import DiskFact
from bedplate.plan.criteria import names_of
from bedplate.plan.esp_sync import plan_sync
from bedplate.plan.ids import SEED_BYTES, Ids
from bedplate.plan.root_grub import grub_faults
from bedplate.render.disk_change_text import render_disk_change
from bedplate.run import run


@dataclass(frozen=True, slots=True)
class How:
    """What was said beside the disks."""

    dry_run: bool = False
    as_json: bool = False
    yes: bool = False
    anew: bool = False


def change_disks(
    action: Action,
    plan: Callable[[], DiskChange],
    how: How,
    finish: Callable[[DiskChange], None],
    name: str | None = None,
) -> None:
    """Plan, ask, carry out, and `finish`; what was begun and not ended comes first.

    A plan without steps is only shown.
    """
    begun = None if how.anew else in_progress(journal())
    if begun is not None:
        _refuse_other(begun, action, name)
    keep_mounts_private(run)
    change = begun or plan()
    if how.as_json:
        typer.echo(change.model_dump_json(indent=2))
        return
    typer.echo(render_disk_change(change))
    if how.dry_run or not change.steps:
        return
    if begun is None:
        _confirm(change, yes=how.yes)
    else:
        typer.echo("Going on with what was begun.")
    try:
        with running() as disks:
            if begun is None:
                disks.start(change)
            else:
                disks.resume()
    except InterruptedRunError as error:
        hint = f"`bedplate {action.command}` goes on where it was"
        raise InterruptedRunError([replace(p, hint=hint) for p in error.problems]) from error
    finish(change)


def fresh_ids() -> Ids:
    """Where a plan gets its identities from: no two are alike."""
    return Ids(os.urandom(SEED_BYTES))


def text_here(path: str) -> str:
    """What a file of this host says; nothing if it is not there."""
    return text_of(Path("/"), path) or ""


def journal() -> Journal[DiskChange]:
    """The record of the last run on this host."""
    return Journal(DiskChange, STATE)


def _confirm(plan: DiskChange, *, yes: bool) -> None:
    question = "Type yes to overwrite the disk" if plan.cleared else "Type yes to go on"
    agree(
        plan.action.command,
        "what will be destroyed" if plan.cleared else "what will be changed",
        lambda: typer.prompt(question, default="no") == "yes",
        yes=yes,
    )


def _refuse_other(begun: DiskChange, action: Action, name: str | None) -> None:
    """What was begun is gone on with by the same command, for the same disk."""
    is_same_disk = name is None or any(name in names_of(disk) for disk in begun.made_for)
    if begun.action is not action or not is_same_disk:
        names = ", ".join(disk.describe() for disk in begun.made_for)
        message = f"`bedplate {begun.action.command}` has not come to its end: {names}"
        hint = "go on with it by that command, or forget it with --anew"
        raise UsageError(Problem("change-unfinished", name or action.command, message, hint))


@contextmanager
def running() -> Iterator[DiskRun]:
    """How changes are carried out here, with progress where it can be seen."""

    def look_again(only: Collection[str]) -> tuple[DiskFact, ...]:
        return probe_disk_facts(run, only)

    with sink_for(sys.stdout) as sink:
        yield DiskRun(
            run,
            look_again,
            lambda: probe_stores(run),
            _sync_esps,
            journal(),
            (sink,),
            lacks_grub=_lacks_grub,
        )


def _lacks_grub(disk: str) -> bool:
    found = probe_disk_facts(run, {disk})
    grub = probe_root_grub(run, found)
    return grub is None or any(problem for one in found for problem in grub_faults(one, grub))


def _sync_esps(clock: Clock) -> tuple[Problem, ...]:
    with boot_files_locked(patience=patience):
        given = look(shown=False)
        plan, failures = carry_out(plan_sync(given), given, clock)
    return (*failures, *plan.problems)
