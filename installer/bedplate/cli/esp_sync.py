"""What follows a change of the files that say what belongs on the ESPs."""

from __future__ import annotations

import typer


def sync_now() -> None:
    """Have the change brought to the ESPs."""
    typer.echo("Run `bedplate esp sync` to bring it to the ESPs.")
