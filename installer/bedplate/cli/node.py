"""`bedplate node`: other hosts of the same network."""

from __future__ import annotations

from typing import Annotated

import typer

from bedplate.apply.wake import wake
from bedplate.config.names import is_address, wrong_with_mac
from bedplate.errors import Problem, UsageError
from bedplate.model.wake import BROADCAST, PORT

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)


@app.callback()
def _node() -> None:
    """Other hosts of the same network."""


@app.command("wake")
def wake_command(
    macs: Annotated[
        list[str], typer.Argument(metavar="MAC...", help="The cards of the hosts, by MAC address.")
    ],
    to: Annotated[
        str, typer.Option("--to", metavar="ADDRESS", help="The broadcast address to send to.")
    ] = BROADCAST,
    port: Annotated[int, typer.Option(min=1, max=65535, help="The UDP port.")] = PORT,
) -> None:
    """Send each a magic packet, which switches on a host whose card listens for it."""
    problems = [
        Problem("invalid-value", mac, wrong) for mac in macs if (wrong := wrong_with_mac(mac))
    ]
    if not is_address(to):
        problems.append(Problem("invalid-value", "--to", f"{to!r} is no IP address"))
    if problems:
        raise UsageError(problems)
    for mac in macs:
        wake(mac, to, port)
        typer.echo(f"Sent a magic packet for {mac} to {to}, UDP port {port}.")
