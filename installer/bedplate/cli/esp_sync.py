"""A sync of this host's ESPs from beginning to end: looked at, planned, done, and told."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from dataclasses import replace

import typer

from bedplate.apply.esp_sync import EspSync
from bedplate.apply.kernel_calls import keep_mounts_private
from bedplate.apply.lock import PATIENCE_SECONDS, Patience, boot_files_locked
from bedplate.apply.nvram import change_boot_entries
from bedplate.cli.errors import render_problem
from bedplate.cli.host_changing import end_with_problems
from bedplate.cli.progress import shown_as_busy, sink_for
from bedplate.errors import ApplyError, Problem, RefusedError
from bedplate.events import Clock, What
from bedplate.facts.cmdline import probe_cmdline_files
from bedplate.facts.esps import probe_esps
from bedplate.facts.kernels import probe_host_kernels
from bedplate.facts.nvram import probe_boot_entries
from bedplate.facts.platform import probe_firmware
from bedplate.model.esp import EspFacts
from bedplate.model.esp_sync import Lane, SyncPlan
from bedplate.model.facts import DiskFact
from bedplate.plan.cmdline import synced_cmdline
from bedplate.plan.esp_sync import SyncInput, plan_sync, sources_of
from bedplate.plan.kernels import Selection, first_to_go, select_kernels
from bedplate.run import run

_ONLY_FIRST_LINE = "cmdline-lines"
patience = Patience(PATIENCE_SECONDS, lambda message: typer.echo(f"{message}.", err=True))


def look(
    installing: str | None = None,
    *,
    shown: bool = True,
    disks: tuple[DiskFact, ...] | None = None,
) -> SyncInput:
    """Everything that a sync of this host follows from, as it is now.

    What is mounted from then on, to look and to write, nobody else sees. Raises `RefusedError` if
    the command line cannot be written to a boot menu. Without `shown` a terminal is left alone.
    `disks` are those of the machine, if somebody has looked at them just now.
    """
    keep_mounts_private(run)
    host = probe_host_kernels(run)
    selection = select_kernels(host, installing)
    cmdline = synced_cmdline(probe_cmdline_files())
    # That only the first line of a file counts is worth a word, but no obstacle.
    if unfit := [p for p in cmdline.problems if p.code != _ONLY_FIRST_LINE]:
        raise RefusedError(unfit)
    firmware = probe_firmware()
    return SyncInput(
        facts=_read_esps(selection, shown=shown, disks=disks),
        selection=selection,
        spare=first_to_go(selection, host.running),
        cmdline=cmdline.text,
        secure_boot=firmware.secure_boot,
        entries=probe_boot_entries() if firmware.nvram_writable else None,
    )


def sync_now(installing: str | None = None) -> None:
    """Bring every listed ESP in sync; says what it did.

    Ends with exit code 4 if there are ESPs that cannot be synced. Raises `ApplyError` if one failed
    on the way, once the others are done.
    """
    with boot_files_locked(patience=patience):
        given = look(installing)
        finish(*carry_out(plan_sync(given), given))


def carry_out(
    plan: SyncPlan, given: SyncInput, clock: Clock | None = None
) -> tuple[SyncPlan, tuple[Problem, ...]]:
    """Do what a plan says; returns what it came to, and everything that failed.

    It is told to `clock`, if a longer run has one, and else shown.

    A file system that was not unmounted is mended first. Its files may differ after that, so it is
    looked at again.
    """
    failures: tuple[Problem, ...] = ()
    if unclean := [lane for lane in plan.lanes if lane.is_to_be_mended]:
        failures = _apply(unclean, clock)
        plan = plan_sync(replace(given, facts=_read_esps(given.selection, shown=clock is None)))
    failures += _apply([lane for lane in plan.lanes if not lane.is_to_be_mended], clock)
    for refusal in change_boot_entries(run, plan.nvram, given.facts.esps):
        _warn(refusal, clock)
    told = {problem.where for problem in failures}
    unclean = [lane for lane in plan.lanes if lane.is_to_be_mended]
    failures += tuple(_not_mended(lane) for lane in unclean if lane.describe() not in told)
    return plan, failures


def finish(plan: SyncPlan, failures: tuple[Problem, ...]) -> None:
    """Say how a sync ended; see `sync_now`."""
    for lane in plan.lanes:
        if lane.left_out:
            typer.echo(f"{lane.describe()}: no room for {', '.join(lane.left_out)}")
        for note in lane.notes:
            typer.echo(f"{lane.describe()}: {note}")
    if failures:
        raise ApplyError((*failures, *plan.problems))
    count = len(plan.lanes)
    typer.echo(f"{count} ESP{'' if count == 1 else 's'} in sync.")
    end_with_problems(plan.problems, shown=False)


def _apply(lanes: list[Lane], clock: Clock | None) -> tuple[Problem, ...]:
    if clock is not None:
        return EspSync(run, clock).apply(lanes)
    with sink_for(sys.stdout) as sink:
        return EspSync(run, Clock((sink,))).apply(lanes)


def _read_esps(
    selection: Selection, *, shown: bool, disks: tuple[DiskFact, ...] | None = None
) -> EspFacts:
    with shown_as_busy("Reading the ESPs", sys.stderr) if shown else nullcontext():
        return probe_esps(run, sources_of(selection), disks=disks)


def _warn(problem: Problem, clock: Clock | None) -> None:
    if clock is not None:
        clock.say(What.WARNING, text=str(problem))
    else:
        typer.echo(render_problem(problem, "warning"), err=True)


def _not_mended(lane: Lane) -> Problem:
    message = "still counts as not unmounted properly after it was mended"
    hint = "make it anew with `bedplate esp format --force` and `bedplate esp init`"
    return Problem("esp-damaged", lane.describe(), message, hint)
