"""`bedplate esp`: the ESPs of this host, kept in sync so that each of its disks starts it."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from bedplate.apply.esp_format import format_esp_partition
from bedplate.apply.files import put_file
from bedplate.apply.for_everybody import unmount_everywhere
from bedplate.apply.host_change import apply_host_change
from bedplate.apply.kernel_calls import keep_mounts_private
from bedplate.apply.lock import boot_files_locked
from bedplate.cli.asking import agree
from bedplate.cli.esp_sync import carry_out, finish, look, patience, sync_now
from bedplate.cli.host_changing import end_with_problems
from bedplate.cli.options import AsJson, DryRun, Yes
from bedplate.cli.root import require_root
from bedplate.cli.tables import show, table
from bedplate.errors import ExitCode, RefusedError
from bedplate.facts.disks import probe_disk_facts
from bedplate.facts.esps import probe_esps, probe_pool_members
from bedplate.facts.kernels import text_of
from bedplate.model.boot_files import ESP_LIST
from bedplate.model.esp import EspFact
from bedplate.model.esp_sync import SyncPlan
from bedplate.plan.esp_adopt import once_adopted, plan_adopt
from bedplate.plan.esp_partition import check_init, plan_clean, plan_format
from bedplate.plan.esp_status import EspState, esp_states
from bedplate.plan.esp_sync import SyncInput, plan_sync
from bedplate.plan.ids import SEED_BYTES, Ids
from bedplate.render.esp_text import render_adoption, render_entries, render_sync
from bedplate.render.fstab import FSTAB
from bedplate.render.system import render_boot_uuids
from bedplate.run import run
from bedplate.units import human

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)

_LIST_MODE = 0o644

Partition = Annotated[str, typer.Argument(metavar="PARTITION", help="Such as /dev/sda2.")]


@app.command("status")
def status_command(as_json: AsJson = False) -> None:
    """Show every ESP; exit code 4 if one is not as it should be."""
    require_root()
    given = look()
    plan = plan_sync(given)
    states = esp_states(given.facts, plan)
    if as_json:
        esps = [state.model_dump(mode="json") for state in states]
        problems = [asdict(problem) for problem in plan.problems]
        nvram = plan.nvram.model_dump(mode="json")
        found = {"esps": esps, "nvram": nvram, "problems": problems}
        typer.echo(json.dumps(found, indent=2, ensure_ascii=False))
    else:
        show(_table(states))
        for state in states:
            for line in _remarks(state):
                typer.echo(f"{state.path}: {line}")
        for line in render_entries(plan.nvram):
            typer.echo(line)
    end_with_problems(plan.problems, shown=as_json)
    if not plan.is_in_sync:
        raise typer.Exit(ExitCode.DIFFERS)


@app.command("sync")
def sync_command(dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """Bring every listed ESP in sync; --json prints the plan and, as --dry-run, does nothing."""
    require_root()
    if not dry_run and not as_json:
        sync_now()
        return
    plan = plan_sync(look())
    if as_json:
        typer.echo(plan.model_dump_json(indent=2))
    else:
        typer.echo(render_sync(plan), nl=False)
    end_with_problems(plan.problems, shown=as_json)


@app.command("format")
def format_command(
    partition: Partition,
    force: Annotated[
        bool, typer.Option("--force", help="Destroy what is on the partition.")
    ] = False,
) -> None:
    """Make a partition an empty ESP; `init` then puts it to use."""
    require_root()
    with boot_files_locked(patience=patience):
        disks = probe_disk_facts(run)
        fat_id = Ids(os.urandom(SEED_BYTES)).fat_id("esp")
        pools = probe_pool_members(run)
        plan = plan_format(_real(partition), disks, pools, fat_id, force=force)
        disk, part = plan.disk, plan.partition
        format_esp_partition(
            run, disk.id, part.number, fat_id, disk.sector_size, sets_type=plan.sets_type
        )
    typer.echo(f"{part.path} ({disk.describe()}) is an empty ESP now, {fat_id}.")
    typer.echo(f"Put it to use with `bedplate esp init {part.path}`.")


@app.command("init")
def init_command(partition: Partition) -> None:
    """Have an ESP kept in sync from now on, and bring it in sync."""
    require_root()
    with boot_files_locked(patience=patience):
        given = look()
        esp = check_init(_real(partition), probe_disk_facts(run), given.facts)
        given = replace(given, adding=esp.fat_id)
        plan = _plan_with(esp, given)
        listed = given.facts.listed_ids
        if esp.fat_id not in listed:
            _write_list((*listed, esp.fat_id or ""))
            typer.echo(f"{esp.fat_id} is listed in {ESP_LIST} now.")
        finish(*carry_out(plan, given))


@app.command("adopt")
def adopt_command(
    partition: Annotated[
        str | None,
        typer.Argument(metavar="PARTITION", help="The ESP; needed if there are several."),
    ] = None,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Keep kernels on the ESP that this host has mounted so far, so that more can join it."""
    require_root()
    with boot_files_locked(patience=patience):
        given = look()
        path = _real(partition) if partition is not None else None
        fstab = text_of(Path("/"), FSTAB)
        adoption = plan_adopt(path, probe_disk_facts(run), given.facts, fstab)
        facts = once_adopted(given.facts, adoption)
        plan = _plan_with(adoption.esp, replace(given, facts=facts, adding=adoption.esp.fat_id))
        typer.echo(render_adoption(adoption.unmount, adoption.change) + render_sync(plan), nl=False)
        if dry_run:
            return
        agree("esp adopt", "it", lambda: typer.confirm("Adopt it?"), yes=yes)
        unmount_everywhere(run, adoption.unmount)
        apply_host_change(run, adoption.change)
        typer.echo(adoption.change.summary)
        # It was mounted when it was looked at, and others may have written to it since.
        given = look()
        finish(*carry_out(plan_sync(given), given))


@app.command("clean")
def clean_command(
    dry_run: DryRun = False,
    yes: Annotated[
        bool, typer.Option("--yes", help="Also if that hides that a disk died.")
    ] = False,
) -> None:
    """Take ESPs off the list that no disk has any more."""
    require_root()
    keep_mounts_private(run)
    with boot_files_locked(patience=patience):
        facts = probe_esps(run)
        plan = plan_clean(facts, yes=yes)
        for fat_id in plan.dropped:
            typer.echo(f"{fat_id} {'would leave' if dry_run else 'leaves'} the list.")
        if plan.dropped and not dry_run:
            _write_list(plan.kept)
    if not plan.dropped:
        typer.echo("Every ESP on the list is there.")


def _plan_with(esp: EspFact, given: SyncInput) -> SyncPlan:
    """The plan with an ESP that is about to be listed; refused if it could not be synced."""
    plan = plan_sync(given)
    if all(lane.path != esp.path for lane in plan.lanes):
        raise RefusedError([p for p in plan.problems if p.where == esp.describe()])
    return plan


def _write_list(ids: tuple[str, ...]) -> None:
    put_file(Path(ESP_LIST), render_boot_uuids(ids).encode(), _LIST_MODE, durable=True)


def _real(partition: str) -> str:
    """The node that a name under /dev/disk leads to."""
    return str(Path(partition).resolve())


def _table(states: tuple[EspState, ...]) -> Table:
    return table("", "path disk id loaders kernels free state", map(_row, states))


def _row(state: EspState) -> tuple[str, ...]:
    return (
        state.path,
        state.title,
        state.fat_id or "",
        ", ".join(state.loaders),
        ", ".join(state.kernels),
        f"{human(state.free_bytes)} of {human(state.size_bytes)}",
        state.verdict,
    )


def _remarks(state: EspState) -> tuple[str, ...]:
    left_out = (f"no room for {', '.join(state.left_out)}",) if state.left_out else ()
    return (*state.differences, *left_out, *state.notes)
