"""A change of this host's disks asked for, shown and carried out, or gone on with."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import typer

from bedplate.apply.disk_change import STATE, DiskRun, in_progress
from bedplate.apply.journal import Journal
from bedplate.apply.kernel_calls import keep_mounts_private
from bedplate.apply.lock import boot_files_locked
from bedplate.cli.asking import agree, decide
from bedplate.cli.doctor import examine
from bedplate.cli.esp_sync import carry_out, look, patience
from bedplate.cli.progress import sink_for
from bedplate.errors import (
    ExitCode,
    InterruptedRunError,
    Problem,
    RefusedError,
    UndecidedError,
    UsageError,
)
from bedplate.events import Clock
from bedplate.facts import probe_disk_facts, probe_facts
from bedplate.facts.esps import probe_esps
from bedplate.facts.kernels import text_of
from bedplate.facts.known_disks import probe_known_disks
from bedplate.facts.root_grub import probe_install_devices, probe_root_grub
from bedplate.facts.smart import probe_smart
from bedplate.facts.stores import probe_stores
from bedplate.facts.tools import unless_missing
from bedplate.model.disk_change import Action, DiskChange
from bedplate.model.facts import DiskFact, Facts
from bedplate.model.smart import SmartFact
from bedplate.plan.attach import AttachInput, plan_attachment
from bedplate.plan.criteria import names_of
from bedplate.plan.detach import DetachInput, plan_detachment
from bedplate.plan.esp_adopt import FSTAB
from bedplate.plan.esp_sync import plan_sync
from bedplate.plan.expand import plan_expansion
from bedplate.plan.files import MDADM_CONF
from bedplate.plan.ids import SEED_BYTES, Ids
from bedplate.plan.mirror_group import lone_group
from bedplate.plan.replace import ReplaceInput, plan_replacement
from bedplate.plan.root_grub import grub_faults
from bedplate.render import btrfs_boot
from bedplate.render.diagnosis_text import render_diagnosis
from bedplate.render.disk_change_text import render_disk_change, render_done
from bedplate.run import run, side_by_side

Given = TypeVar("Given", ReplaceInput, AttachInput)


@dataclass(frozen=True, slots=True)
class How:
    """What was said beside the disks."""

    dry_run: bool = False
    as_json: bool = False
    yes: bool = False
    anew: bool = False


def replace_disk(old: str | None, new: str | None, how: How) -> None:
    """A new disk takes the place of one that failed, or of the one of that name."""

    def plan() -> DiskChange:
        given = replace_input(old, new)
        return _decided(lambda given: plan_replacement(given, _ids()), given)

    _change(Action.REPLACE, plan, how, new)


def replace_input(old: str | None = None, new: str | None = None) -> ReplaceInput:
    """Everything that is known of this host."""
    facts = probe_facts(run)
    with _asked_for_health(facts) as smart:
        stores = probe_stores(run)
        esps = probe_esps(run, disks=facts.disks, contents=False)
    return ReplaceInput(
        facts=facts,
        stores=stores,
        esps=esps,
        known=probe_known_disks(),
        smart=smart.result(),
        fstab=_text(FSTAB),
        grub=probe_root_grub(run, facts.disks),
        install_devices=probe_install_devices(run),
        old=old,
        new=new,
    )


@contextmanager
def _asked_for_health(facts: Facts) -> Iterator[Future[tuple[SmartFact, ...]]]:
    """Ask all disks how they are, beside whatever else is looked at."""
    with side_by_side(1) as threads:
        yield threads.submit(unless_missing, partial(probe_smart, disks=facts.disks), run)


def attach_disk(new: str | None, beside: str | None, how: How) -> None:
    """A new disk holds the same as one that is there."""

    def plan() -> DiskChange:
        facts = probe_facts(run)
        with _asked_for_health(facts) as smart:
            stores = probe_stores(run, every_size=True)
            esps = probe_esps(run, disks=facts.disks, contents=False)
        has_group = any(lone_group(disk, facts) is not None for disk in facts.disks)
        given = AttachInput(
            facts=facts,
            stores=stores,
            esps=esps,
            known=probe_known_disks(),
            smart=smart.result(),
            fstab=_text(FSTAB),
            mdadm_conf=_text(MDADM_CONF),
            sync=look() if has_group and esps.listed is None else None,
            btrfs_script=_text(btrfs_boot.SCRIPT_PATH),
            grub=probe_root_grub(run, facts.disks),
            install_devices=probe_install_devices(run),
            new=new,
            beside=beside,
        )
        return _decided(lambda given: plan_attachment(given, _ids()), given)

    _change(Action.ATTACH, plan, how, new)


def detach_disk(name: str, how: How) -> None:
    """The host does without a disk that works."""

    def plan() -> DiskChange:
        facts = probe_facts(run)
        return plan_detachment(
            DetachInput(
                facts=facts,
                stores=probe_stores(run),
                esps=probe_esps(run, disks=facts.disks, contents=False),
                health=examine(boot=False),
                name=name,
                known=probe_known_disks(),
            )
        )

    _change(Action.DETACH, plan, how, name)


def expand_disks(how: How) -> None:
    """What is on the disks grows to their size."""
    _change(Action.EXPAND, lambda: plan_expansion(probe_facts(run), probe_stores(run)), how)


def _change(
    action: Action, plan: Callable[[], DiskChange], how: How, name: str | None = None
) -> None:
    """Plan, ask, carry out, and check the result; what was begun and not ended comes first."""
    begun = None if how.anew else in_progress(journal())
    if begun is not None:
        _refuse_other(begun, action, name)
    keep_mounts_private(run)
    change = begun or plan()
    if how.as_json:
        typer.echo(change.model_dump_json(indent=2))
        return
    typer.echo(render_disk_change(change))
    if how.dry_run:
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
        hint = f"`bedplate disk {action}` goes on where it was"
        raise InterruptedRunError([replace(p, hint=hint) for p in error.problems]) from error
    _finish(change)


def _decided(plan: Callable[[Given], DiskChange], given: Given) -> DiskChange:
    """What is planned, once a person has been asked what is not clear."""
    while True:
        try:
            return plan(given)
        except UndecidedError as undecided:
            named: dict[str, Any] = {undecided.argument: decide(undecided)}
            given = replace(given, **named)


def _text(path: str) -> str:
    return text_of(Path("/"), path) or ""


def _ids() -> Ids:
    return Ids(os.urandom(SEED_BYTES))


def _finish(plan: DiskChange) -> None:
    """Look at the host again; one whose boot nobody looks after is looked at by its owner."""
    typer.echo(render_done(plan))
    try:
        found = examine(boot=False)
    except RefusedError as error:
        typer.echo(f"Whether every disk starts the host was not looked at: {error}")
        return
    typer.echo(render_diagnosis(found), nl=False)
    if not found.is_well:
        raise typer.Exit(ExitCode.DIFFERS)


def journal() -> Journal[DiskChange]:
    """The record of the last run on this host."""
    return Journal(DiskChange, STATE)


def _confirm(plan: DiskChange, *, yes: bool) -> None:
    question = "Type yes to overwrite the disk" if plan.cleared else "Type yes to go on"
    agree(
        f"disk {plan.action}",
        "what will be destroyed" if plan.cleared else "what will be changed",
        lambda: typer.prompt(question, default="no") == "yes",
        yes=yes,
    )


def _refuse_other(begun: DiskChange, action: Action, name: str | None) -> None:
    """What was begun is gone on with by the same command, for the same disk."""
    is_same_disk = name is None or any(name in names_of(disk) for disk in begun.made_for)
    if begun.action is not action or not is_same_disk:
        names = ", ".join(disk.describe() for disk in begun.made_for)
        message = f"`bedplate disk {begun.action}` has not come to its end: {names}"
        hint = "go on with it by that command, or forget it with --anew"
        raise UsageError(Problem("change-unfinished", name or f"disk {action}", message, hint))


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
