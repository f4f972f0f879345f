"""`bedplate net …`: the network of this host, planned, changed, and back by itself if it fails."""

from __future__ import annotations

import select
import sys
from pathlib import Path
from typing import Annotated

import typer

from bedplate.apply.host_change import apply_host_change
from bedplate.apply.network_trial import network_locked
from bedplate.cli.asking import agree
from bedplate.cli.errors import show_problems
from bedplate.cli.net_looking import look, refuse
from bedplate.cli.net_trial import NetworkHost, attend, begin, keep, restore, take_back
from bedplate.cli.options import AsJson
from bedplate.cli.root import require_root
from bedplate.errors import ApplyError, ExitCode, Problem
from bedplate.facts.network_trial import probe_boot, probe_outcome
from bedplate.facts.reach import probe_reachable
from bedplate.model.network_files import INTERFACES
from bedplate.model.network_trial import FEWEST_SECONDS, MOST_SECONDS, SECONDS, NetworkTrial
from bedplate.plan.network_trial import plan_stage
from bedplate.render.network_text import render_network_change, render_network_json

HOST = NetworkHost()

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)

OptionalAnswer = Annotated[
    Path | None,
    typer.Argument(
        metavar="[ANSWER]",
        help="The answer file whose network is wanted; without one, interfaces.new is.",
        show_default=False,
    ),
]


@app.command("plan")
def plan_command(answer: OptionalAnswer = None, as_json: AsJson = False) -> None:
    """Show how /etc/network/interfaces would change; exit code 4 if it would."""
    seen = look(HOST, answer)
    if as_json:
        typer.echo(render_network_json(seen.change, seen.trial))
    else:
        typer.echo(render_network_change(seen.change), nl=False)
        show_problems(seen.change.problems)
    if not seen.change.is_nothing:
        raise typer.Exit(ExitCode.DIFFERS)


@app.command("apply")
def apply_command(
    answer: OptionalAnswer = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before it is activated.")] = False,
    confirm_within: Annotated[
        int,
        typer.Option(
            min=FEWEST_SECONDS,
            max=MOST_SECONDS,
            metavar="SECONDS",
            help="Go back after so long, unless it is confirmed.",
        ),
    ] = SECONDS,
) -> None:
    """Change the network; it goes back by itself unless `bedplate net confirm` follows in time."""
    require_root("change the network")
    with network_locked(HOST.lock):
        seen = look(HOST, answer)
        typer.echo(render_network_change(seen.change), nl=False)
        if seen.change.is_nothing:
            return
        refuse(seen)
        show_problems(seen.change.problems)
        agree("net apply", "the change", lambda: typer.confirm("Activate it?"), yes=yes)
        apply_host_change(HOST.run, plan_stage(seen.change, seen.check), HOST.root)
        trial = NetworkTrial(
            before=seen.change.before if seen.has_file else None,
            after=seen.change.after,
            seconds=confirm_within,
            families=probe_reachable(HOST.run),
            clean=seen.check.clean,
            boot=probe_boot(HOST.root),
            asked=seen.change.asked,
        )
    begin(HOST, trial)
    typer.echo(f"Activated. It goes back in {confirm_within} seconds unless it is confirmed.")
    if yes or not sys.stdin.isatty():
        typer.echo("Confirm it with: bedplate net confirm")
        return
    _ask_to_keep(confirm_within)


@app.command("confirm")
def confirm_command() -> None:
    """Keep the network that is on trial."""
    require_root("change the network")
    keep(HOST)


@app.command("revert")
def revert_command() -> None:
    """Have the network that is on trial go back now."""
    require_root("change the network")
    take_back(HOST)


@app.command("trial", hidden=True)
def trial_command() -> None:
    """Activate a network and watch it; a unit calls this."""
    require_root("change the network")
    attend(HOST)


@app.command("restore", hidden=True)
def restore_command() -> None:
    """Before the network comes up: undo a change that was not confirmed; a unit calls this."""
    require_root("change the network")
    restore(HOST)


def _ask_to_keep(seconds: int) -> None:
    """Ask on the terminal that hopefully still works; no answer is none."""
    typer.echo(f"Keep it? [y/N, {seconds} seconds] ", nl=False)
    ready, _, _ = select.select([sys.stdin], [], [], seconds)
    if ready and sys.stdin.readline().strip().lower() in ("y", "yes"):
        keep(HOST)
    elif ready:
        take_back(HOST)
    else:
        typer.echo()
        message = probe_outcome(HOST.root) or "The change of the network goes back."
        raise ApplyError(Problem("net-went-back", INTERFACES, message))
