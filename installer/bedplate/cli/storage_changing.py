"""More storage asked for: this host looked at, the change planned, carried out, and looked for."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import typer

from bedplate.apply.kernel_calls import keep_mounts_private
from bedplate.cli.changing import How, change_disks, fresh_ids, text_here
from bedplate.config.findings import Findings
from bedplate.config.special_table import check_small_blocks
from bedplate.config.storage_file import parse_storage
from bedplate.errors import ApplyError, ExitCode, Problem, UsageError
from bedplate.facts import probe_facts
from bedplate.facts.esps import probe_esps
from bedplate.facts.known_disks import probe_known_disks
from bedplate.facts.places import probe_mounted, probe_places
from bedplate.facts.smart import probing_smart
from bedplate.facts.stores import probe_stores
from bedplate.model.disk_change import Action, DiskChange
from bedplate.model.storage_entry import STORAGE_CFG
from bedplate.model.storage_request import AddRequest, GrowRequest, StorageRequest
from bedplate.plan.storage import plan_creation, plan_growth
from bedplate.plan.storage_add import plan_addition
from bedplate.plan.storage_input import StorageInput
from bedplate.render.disk_change_text import render_disk_change, render_done
from bedplate.render.fstab import FSTAB
from bedplate.run import run
from bedplate.units import gib_to_bytes


def create_storage(file: Path, how: How) -> None:
    """What a storage file asks for is made."""
    asked = read_storage(file)
    _change(Action.CREATE, lambda: _creation(asked), how)


def show_storage(file: Path, *, as_json: bool) -> None:
    """What would be made; ends with `DIFFERS` if this host is not as the file has it."""
    asked = read_storage(file)
    keep_mounts_private(run)
    change = _creation(asked)
    text = change.model_dump_json(indent=2) if as_json else render_disk_change(change)
    typer.echo(text)
    if change.steps:
        raise typer.Exit(ExitCode.DIFFERS)


def _creation(asked: StorageRequest) -> DiskChange:
    return plan_creation(asked, look(_places(asked)), fresh_ids())


def grow_storage(name: str, size_gib: float | None, metadata_gib: float | None, how: How) -> None:
    """A thin pool is made larger."""
    group, slash, pool = name.partition("/")
    if not (group and slash and pool):
        message = "is no thin pool with its volume group, such as pve/data"
        raise UsageError(Problem("invalid-value", name, message))
    asked = GrowRequest(
        group=group,
        pool=pool,
        size_bytes=_bytes(size_gib),
        metadata_size_bytes=_bytes(metadata_gib),
    )
    _change(Action.GROW, lambda: plan_growth(asked, look()), how)


def add_storage(asked: AddRequest, how: How) -> None:
    """A volume group or a pool is given more disks."""
    _change(Action.ADD, lambda: plan_addition(asked, look(), fresh_ids()), how)


def add_request(
    name: str,
    disks: Mapping[str, Sequence[str] | None],
    sizes: Mapping[str, float | None],
    small_blocks: str | None,
    *,
    insist: bool,
) -> AddRequest:
    """What was said on the command line. Raises `UsageError` with all that makes no sense."""
    findings = Findings()
    check_small_blocks(small_blocks, "--small-blocks", findings)
    if not any(disks.values()):
        findings.missing("DISK", "name a disk, or one with --special, --log or --cache")
    for role, size in sizes.items():
        if size is not None and not disks[role]:
            findings.problem("conflict", f"--{role}-size", f"means nothing without --{role}")
    if small_blocks is not None and not disks["special"]:
        findings.problem("conflict", "--small-blocks", "means nothing without --special")
    every = [disk for some in disks.values() for disk in set(some or ())]
    for disk in sorted({disk for disk in disks["data"] or () if every.count(disk) > 1}):
        findings.problem("duplicate", disk, "is named for the data and for something else")
    findings.raise_if_any()
    return AddRequest(
        name=name,
        data=tuple(disks["data"] or ()),
        special=tuple(disks["special"] or ()),
        log=tuple(disks["log"] or ()),
        cache=tuple(disks["cache"] or ()),
        special_size_bytes=_bytes(sizes["special"]),
        log_size_bytes=_bytes(sizes["log"]),
        cache_size_bytes=_bytes(sizes["cache"]),
        small_blocks=small_blocks,
        insist=insist,
    )


def look(places: Iterable[str] = ()) -> StorageInput:
    """Everything that is known of this host; of `places`, whether they are free for a mount."""
    facts = probe_facts(run)
    with probing_smart(run, facts.disks, wake=True) as smart:
        stores = probe_stores(run, every_size=True)
        esps = probe_esps(run, disks=facts.disks, contents=False)
        return StorageInput(
            facts=facts,
            stores=stores,
            esps=esps,
            known=probe_known_disks(),
            smart=smart.result(),
            fstab=text_here(FSTAB),
            storage_cfg=text_here(STORAGE_CFG),
            occupied=probe_places(places),
            mounted=probe_mounted(),
        )


def read_storage(path: Path) -> StorageRequest:
    """The request in a storage file, `-` for standard input; what is odd is said.

    Raises `UsageError`.
    """
    try:
        data = sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
    except OSError as error:
        message = f"cannot be read: {error.strerror}"
        raise UsageError(Problem("file-unreadable", str(path), message)) from error
    asked = parse_storage(data)
    for warning in asked.warnings:
        typer.echo(f"warning: {warning}", err=True)
    return asked


def check_done(plan: Callable[[], DiskChange]) -> None:
    """Plan again: what is there leaves nothing to do. Raises `ApplyError` with what it lacks."""
    left = plan().steps
    if left:
        hint = "say the same again: what is there already stays as it is"
        what = "is still to be done"
        raise ApplyError(
            [Problem("storage-differs", step.id, f"{what}: {step.summary}", hint) for step in left]
        )


def _change(action: Action, plan: Callable[[], DiskChange], how: How) -> None:
    def finish(change: DiskChange) -> None:
        check_done(plan)
        typer.echo(render_done(change))

    change_disks(action, plan, how, finish)


def _places(asked: StorageRequest) -> tuple[str, ...]:
    """Where what is asked for is to be mounted, and where LVM has the nodes of its volumes."""
    return (
        *(directory.path for directory in asked.directories),
        *(f"/{pool.name}" for pool in asked.pools),
        *(f"/dev/{group.name}" for group in asked.groups),
    )


def _bytes(gib: float | None) -> int | None:
    return None if gib is None else gib_to_bytes(gib)
