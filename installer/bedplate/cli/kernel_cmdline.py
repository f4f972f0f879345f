"""`bedplate kernel cmdline`: what the kernels of this host are started with."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer

from bedplate.cli.host_changing import Host, change_host, end_with_problems
from bedplate.cli.options import AsJson
from bedplate.cli.tables import show, table
from bedplate.facts.cmdline import probe_cmdline_files, probe_root_target
from bedplate.facts.kernels import is_managed
from bedplate.model.host_change import HostChange
from bedplate.plan.cmdline import (
    every_cmdline,
    grub_cmdline,
    plan_cmdline,
    root_of,
    synced_cmdline,
)

HOST = Host()

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)

Line = Annotated[
    str, typer.Argument(metavar="CMDLINE", help="The whole line, as one word for the shell.")
]


@app.command("show")
def show_command(as_json: AsJson = False) -> None:
    """Show what kernels are started with, and every place that says so."""
    files = probe_cmdline_files(HOST.root)
    used = synced_cmdline(files) if is_managed(HOST.root) else grub_cmdline(files)
    places = [(one.source == used.source, one) for one in every_cmdline(files)]
    if as_json:
        found = {
            "managed": is_managed(HOST.root),
            "cmdline": used.text,
            "source": used.source,
            "places": [
                {"path": one.source, "cmdline": one.text, "used": counts} for counts, one in places
            ],
            "problems": [asdict(problem) for problem in used.problems],
        }
        typer.echo(json.dumps(found, indent=2, ensure_ascii=False))
    else:
        rows = [("yes" if counts else "no", one.source, one.text) for counts, one in places]
        show(table("", "used path cmdline", rows))
    end_with_problems(used.problems, shown=as_json)


@app.command("set")
def set_command(line: Line) -> None:
    """Have kernels started with another command line from the next boot on."""
    change_host(HOST, lambda: _plan(line))


def _plan(line: str) -> HostChange:
    value = root_of(line)
    target = None if value is None else probe_root_target(HOST.run, value, HOST.root)
    files = probe_cmdline_files(HOST.root)
    return plan_cmdline(files, line, target, managed=is_managed(HOST.root))
