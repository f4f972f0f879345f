"""`bedplate disk`: which disks there are, which a request means, and changes of those in use."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bedplate.cli.disk_change import (
    attach_command,
    detach_command,
    expand_command,
    replace_command,
    watch_command,
)
from bedplate.cli.options import Answer, AsJson

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)
app.command("replace")(replace_command)
app.command("attach")(attach_command)
app.command("detach")(detach_command)
app.command("expand")(expand_command)
app.command("watch")(watch_command)

FactsFile = Annotated[
    Path | None, typer.Option("--facts", help="A saved machine instead of this one.")
]

# Each of these loads what it needs itself: that takes longer than most of them run.


@app.command("health")
def health_command(
    as_json: AsJson = False,
    enable: Annotated[
        bool, typer.Option("--enable/--no-enable", help="Switch SMART on where it is off.")
    ] = True,
) -> None:
    """Show what every disk says of its own health (SMART); exit code 4 if one is not well."""
    from bedplate.cli.disk_health import show_health

    show_health(as_json=as_json, enable=enable)


@app.command("list")
def list_command(facts_file: FactsFile = None, as_json: AsJson = False) -> None:
    """Show every disk, with the words by which an answer file can choose it."""
    from bedplate.cli.disk_listing import show_disks

    show_disks(facts_file, as_json=as_json)


@app.command("match")
def match_command(answer: Answer, facts_file: FactsFile = None, as_json: AsJson = False) -> None:
    """Show which disks an answer file means, and why not each of the others."""
    from bedplate.cli.disk_listing import show_verdicts

    show_verdicts(answer, facts_file, as_json=as_json)
