"""`bedplate config`: what an answer file states, on the host that is running."""

from __future__ import annotations

import json
import socket
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from bedplate.apply.host_change import apply_host_change
from bedplate.apply.lock import locked
from bedplate.cli.asking import agree
from bedplate.cli.config_mail import send_test_mail
from bedplate.cli.host_changing import Host, end_with_problems
from bedplate.cli.options import Answer, AsJson, Yes
from bedplate.cli.plan import read_answer_bytes
from bedplate.cli.root import require_root
from bedplate.config.layouts import load_layouts
from bedplate.config.settings import parse_settings
from bedplate.errors import ExitCode, Problem
from bedplate.facts.clock import probe_clock
from bedplate.facts.host_settings import probe_arc, probe_host_settings
from bedplate.facts.mail import probe_queue
from bedplate.facts.pool_upgrade import probe_pool_features
from bedplate.facts.tools import MissingTool
from bedplate.model.host_change import HostChange
from bedplate.model.host_settings import HostSettings
from bedplate.model.request import Secrets
from bedplate.model.settings import Settings
from bedplate.plan.pool_upgrade import plan_pool_upgrade
from bedplate.plan.settings_change import plan_settings
from bedplate.plan.settings_check import check_arc, check_clock, check_queue
from bedplate.plan.settings_paths import paths_of
from bedplate.render.settings_diff import render_settings_diff

HOST = Host()
LOCK = Path("/run/bedplate-config.lock")

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)


@app.command("plan")
def plan_command(answer: Answer, as_json: AsJson = False) -> None:
    """Show how this host differs from an answer file; exit code 4 if it does."""
    require_root("read how this host is set up")
    settings = _read(answer)
    host, change = _look(settings)
    _show(host, change, as_json=as_json)
    if not change.is_nothing:
        raise typer.Exit(ExitCode.DIFFERS)


@app.command("apply")
def apply_command(answer: Answer) -> None:
    """Make this host as an answer file says: all of it, or nothing."""
    require_root("change how this host is set up")
    settings = _read(answer)
    with locked(LOCK, "config apply", "another change of how this host is set up"):
        host, change = _look(settings)
        if not change.is_nothing:
            typer.echo(render_settings_diff(change, host.texts, host.links))
            secrets = Secrets(by_key=settings.secrets)
            apply_host_change(HOST.run, change, HOST.root, secrets)
    typer.echo(change.summary)


@app.command("check")
def check_command(as_json: AsJson = False) -> None:
    """Is it in effect? The clock, the mail queue, the ARC; exit code 4 if something is amiss."""
    require_root("look into the mail queue")
    problems = (*_clock(as_json=as_json), *_queue(), *check_arc(*probe_arc(HOST.root)))
    if as_json:
        typer.echo(json.dumps([asdict(problem) for problem in problems], indent=2))
    elif not problems:
        typer.echo("All is in effect.")
    end_with_problems(problems, shown=as_json)


@app.command("test-mail")
def mail_command(
    to: Annotated[str, typer.Argument(help="A user of this host, or an address.")] = "root",
) -> None:
    """Send a mail, and wait until it has left this host or cannot; exit code 1 if it cannot."""
    require_root("look into the mail queue")
    send_test_mail(HOST.run, socket.gethostname(), to)


@app.command("upgrade-pool")
def upgrade_pool_command(
    pool: Annotated[str, typer.Argument(help="An imported pool.")],
    yes: Yes = False,
) -> None:
    """Enable all features of a pool, if whatever starts this host can still read it."""
    require_root("change a pool")
    with locked(LOCK, "config upgrade-pool", "another change of how this host is set up"):
        found = probe_pool_features(HOST.run, pool, HOST.root)
        change = plan_pool_upgrade(found)
        if not change.is_nothing:
            typer.echo(f"Features to be enabled in {pool}: {', '.join(found.disabled)}")
            typer.echo("Older ZFS, also of rescue media, will not import it; there is no way back.")
            question = "Type yes to enable them"
            agree(
                "config upgrade-pool",
                f"that {pool} is upgraded",
                lambda: typer.prompt(question, default="no") == "yes",
                yes=yes,
            )
            apply_host_change(HOST.run, change, HOST.root)
    typer.echo(change.summary)


def _read(answer: Path) -> Settings:
    settings, warnings = parse_settings(read_answer_bytes(answer), load_layouts())
    for warning in warnings:
        typer.echo(f"warning: {warning}", err=True)
    return settings


def _look(settings: Settings) -> tuple[HostSettings, HostChange]:
    host = probe_host_settings(HOST.run, settings, paths_of(settings), HOST.root)
    return host, plan_settings(settings, host)


def _show(host: HostSettings, change: HostChange, *, as_json: bool) -> None:
    if as_json:
        typer.echo(change.model_dump_json(indent=2, exclude_defaults=True))
        return
    if not change.is_nothing:
        typer.echo(render_settings_diff(change, host.texts, host.links))
    else:
        typer.echo(change.summary)


def _clock(*, as_json: bool) -> tuple[Problem, ...]:
    try:
        clock = probe_clock(HOST.run)
    except MissingTool as missing:
        message = "is not installed: who sets the clock cannot be asked"
        return (Problem("tool-missing", missing.tool, message),)
    if clock.synchronized and not as_json:
        typer.echo(f"The clock follows {clock.server or 'a time server'}.")
    return tuple(check_clock(clock))


def _queue() -> tuple[Problem, ...]:
    try:
        return tuple(check_queue(probe_queue(HOST.run)))
    except MissingTool:
        return ()  # a host that sends no mail has none that waits
