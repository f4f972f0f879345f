"""Whether the clock of this host follows a time server, as systemd-timesyncd says."""

from __future__ import annotations

from bedplate.facts.tools import ask
from bedplate.model.health import Clock
from bedplate.run import Runner

_SHOW = ("timedatectl", "show", "--property=NTPSynchronized")
_SERVER = ("timedatectl", "show-timesync", "--property=ServerName", "--property=ServerAddress")


def parse_clock(shown: str, server: str) -> Clock:
    """What `timedatectl show` and `show-timesync` print, a name and a value in each line."""
    values = dict(line.split("=", 1) for line in (shown + server).splitlines() if "=" in line)
    return Clock(
        synchronized=values.get("NTPSynchronized") == "yes",
        server=values.get("ServerName") or None,
        address=values.get("ServerAddress") or None,
    )


def probe_clock(run: Runner) -> Clock:
    """The clock. Raises `MissingTool` if there is no timedatectl.

    Where another program sets it, no server is known: `show-timesync` fails then.
    """
    return parse_clock(ask(run, _SHOW).stdout, ask(run, _SERVER, check=False).stdout)
