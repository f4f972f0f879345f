"""How a command changes what this host boots: looked at, thought out, shown, done, synced."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import typer

from bedplate.apply.host_change import apply_host_change
from bedplate.apply.lock import BOOT_LOCK, boot_files_locked
from bedplate.cli.errors import show_problems
from bedplate.cli.root import require_root
from bedplate.errors import ExitCode, Problem
from bedplate.facts.kernels import is_managed
from bedplate.model.host_change import HostChange
from bedplate.render.host_change_text import render_change
from bedplate.run import Runner, run


def _sync_esps() -> None:
    # Only a change needs it, and it takes a while to load.
    from bedplate.cli.esp_sync import sync_now

    sync_now()


@dataclass(frozen=True, slots=True)
class Host:
    """The host that a command is about: this one, or one that a test made up."""

    run: Runner = run
    root: Path = Path("/")
    lock: Path = BOOT_LOCK
    sync: Callable[[], None] = _sync_esps


def change_host(host: Host, think: Callable[[], HostChange], *, sync: bool = True) -> None:
    """Carry out what `think` makes of the host; nothing else changes it in the meantime.

    Without `sync` the change is none that ESPs have to learn of.
    """
    require_root("change what this host boots")
    with boot_files_locked(host.lock):
        change = think()
        typer.echo(render_change(change), nl=False)
        apply_host_change(host.run, change, host.root)
    typer.echo(change.summary)
    if sync and change.files and is_managed(host.root):
        host.sync()


def end_with_problems(problems: Iterable[Problem], *, shown: bool) -> None:
    """The end of a command that only reads: exit code 4 if there is something to mend."""
    found = tuple(problems)
    if not shown:
        show_problems(found)
    if found:
        raise typer.Exit(ExitCode.DIFFERS)
