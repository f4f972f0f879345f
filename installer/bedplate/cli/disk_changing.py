"""What a disk is replaced by, attached to or detached from: asked of this host, and planned."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

import typer

from bedplate.cli.asking import decide
from bedplate.cli.changing import How, change_disks, fresh_ids, text_here
from bedplate.cli.doctor import examine
from bedplate.cli.esp_sync import look
from bedplate.errors import ExitCode, RefusedError, UndecidedError
from bedplate.facts import probe_facts
from bedplate.facts.esps import probe_esps
from bedplate.facts.known_disks import probe_known_disks
from bedplate.facts.root_grub import probe_install_devices, probe_root_grub
from bedplate.facts.smart import probing_smart
from bedplate.facts.stores import probe_stores
from bedplate.model.disk_change import Action, DiskChange
from bedplate.plan.attach import AttachInput, plan_attachment
from bedplate.plan.detach import DetachInput, plan_detachment
from bedplate.plan.expand import plan_expansion
from bedplate.plan.files import MDADM_CONF
from bedplate.plan.mirror_group import lone_group
from bedplate.plan.replace import ReplaceInput, plan_replacement
from bedplate.render import btrfs_boot
from bedplate.render.diagnosis_text import render_diagnosis
from bedplate.render.disk_change_text import render_done
from bedplate.render.fstab import FSTAB
from bedplate.run import run

Given = TypeVar("Given", ReplaceInput, AttachInput)


def replace_disk(old: str | None, new: str | None, how: How) -> None:
    """A new disk takes the place of one that failed, or of the one of that name."""

    def plan() -> DiskChange:
        given = replace_input(old, new)
        return _decided(lambda given: plan_replacement(given, fresh_ids()), given)

    change_disks(Action.REPLACE, plan, how, _finish, new)


def replace_input(old: str | None = None, new: str | None = None) -> ReplaceInput:
    """Everything that is known of this host."""
    facts = probe_facts(run)
    with probing_smart(run, facts.disks, wake=True) as smart:
        stores = probe_stores(run)
        esps = probe_esps(run, disks=facts.disks, contents=False)
    return ReplaceInput(
        facts=facts,
        stores=stores,
        esps=esps,
        known=probe_known_disks(),
        smart=smart.result(),
        fstab=text_here(FSTAB),
        grub=probe_root_grub(run, facts.disks),
        install_devices=probe_install_devices(run),
        old=old,
        new=new,
    )


def attach_disk(new: str | None, beside: str | None, how: How) -> None:
    """A new disk holds the same as one that is there."""

    def plan() -> DiskChange:
        facts = probe_facts(run)
        with probing_smart(run, facts.disks, wake=True) as smart:
            stores = probe_stores(run, every_size=True)
            esps = probe_esps(run, disks=facts.disks, contents=False)
        has_group = any(lone_group(disk, facts) is not None for disk in facts.disks)
        given = AttachInput(
            facts=facts,
            stores=stores,
            esps=esps,
            known=probe_known_disks(),
            smart=smart.result(),
            fstab=text_here(FSTAB),
            mdadm_conf=text_here(MDADM_CONF),
            sync=look() if has_group and esps.listed is None else None,
            btrfs_script=text_here(btrfs_boot.SCRIPT_PATH),
            grub=probe_root_grub(run, facts.disks),
            install_devices=probe_install_devices(run),
            new=new,
            beside=beside,
        )
        return _decided(lambda given: plan_attachment(given, fresh_ids()), given)

    change_disks(Action.ATTACH, plan, how, _finish, new)


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

    change_disks(Action.DETACH, plan, how, _finish, name)


def expand_disks(how: How) -> None:
    """What is on the disks grows to their size."""

    def plan() -> DiskChange:
        return plan_expansion(probe_facts(run), probe_stores(run))

    change_disks(Action.EXPAND, plan, how, _finish)


def _decided(plan: Callable[[Given], DiskChange], given: Given) -> DiskChange:
    """What is planned, once a person has been asked what is not clear."""
    while True:
        try:
            return plan(given)
        except UndecidedError as undecided:
            named: dict[str, Any] = {undecided.argument: decide(undecided)}
            given = replace(given, **named)


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
