"""`bedplate first-boot`: what this host is to do once, when it is started for the first time."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bedplate.apply.first_boot import FirstBootRun
from bedplate.apply.lock import locked
from bedplate.cli.host_changing import Host
from bedplate.cli.options import AsJson
from bedplate.cli.root import require_root
from bedplate.errors import ExitCode
from bedplate.facts.first_boot_outcome import probe_outcome
from bedplate.model.first_boot import TO_BE_MENDED
from bedplate.render.first_boot_text import render_outcome

HOST = Host()
LOCK = Path("/run/bedplate-first-boot.lock")

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)


@app.command("run")
def run_command(
    again: Annotated[
        bool, typer.Option("--again", help="Also if it was tried as often as it may be.")
    ] = False,
) -> None:
    """Do what is left to do, as the host's units do at its start; exit code 1 if that fails."""
    require_root("set this host up")
    with locked(LOCK, "first-boot run", "another run of this host's first boot"):
        before = probe_outcome(HOST.root)
        now = FirstBootRun(HOST.run, typer.echo, HOST.root).start(before, again=again)
    typer.echo(render_outcome(now))
    if now.state != "done":
        raise typer.Exit(ExitCode.FAILED)


@app.command("status")
def status_command(as_json: AsJson = False) -> None:
    """Show how it went; exit code 4 if it did not end well."""
    require_root("read what this host was to do")
    found = probe_outcome(HOST.root)
    if as_json:
        typer.echo("null" if found is None else found.model_dump_json(indent=2))
    else:
        typer.echo(render_outcome(found))
    if found is not None and found.state in TO_BE_MENDED:
        raise typer.Exit(ExitCode.DIFFERS)
