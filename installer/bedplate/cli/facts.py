"""`bedplate facts`: what this machine is and holds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bedplate.cli.root import require_root
from bedplate.facts import probe_facts
from bedplate.run import run


def facts_command(
    as_json: Annotated[bool, typer.Option("--json", help="Print the snapshot as JSON.")] = False,
    save: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the snapshot to a file.")
    ] = None,
    loop: Annotated[
        bool, typer.Option("--loop", help="Count loop devices with a file behind them as disks.")
    ] = False,
) -> None:
    """Show what this machine is and holds; writes nothing to any disk."""
    require_root()
    facts = probe_facts(run, include_loop=loop)
    # Only what this call needs is loaded: loading takes longer than looking.
    if save is not None:
        from bedplate.facts.saved import save_facts

        save_facts(facts, save)
    if as_json:
        typer.echo(facts.model_dump_json(indent=2))
    elif save is None:
        from bedplate.cli.facts_view import facts_view
        from bedplate.cli.tables import show

        show(facts_view(facts))
    else:
        typer.echo(f"{save}: disks: {len(facts.disks)}, network interfaces: {len(facts.nics)}")
