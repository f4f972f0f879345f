"""A network that is being tried: it stays if somebody says so in time, and goes back otherwise."""

from __future__ import annotations

from enum import StrEnum

from bedplate.model.interfaces import Stanza
from bedplate.model.value import Value

TRIAL = "/var/lib/bedplate/network-trial.json"
"""The mark of a trial. While it is there, the next boot begins with the old file."""

OUTCOME = "/run/bedplate/network-outcome"
"""How the last trial since the boot ended, in words."""

KEPT = "/var/lib/bedplate/interfaces.before"
"""The file that was in use before the one that was confirmed last."""

REJECTED = "/var/lib/bedplate/interfaces.rejected"
"""The file that was tried last and did not stay."""

SECONDS = 120
FEWEST_SECONDS = 10
MOST_SECONDS = 3600


class NetworkTrial(Value):
    """What is tried and what it goes back to; without `before` there was no file.

    `families` are the IP versions whose gateway answered before. A `clean` file is one that
    ifupdown2 has nothing to say about. `deadline` is a reading of the clock that also runs while a
    machine sleeps, and is there once the file is active. `asked` is what an answer file asked for.
    """

    before: str | None
    after: str
    seconds: int = SECONDS
    families: tuple[int, ...] = ()
    clean: bool = True
    boot: str = ""
    deadline: float | None = None
    asked: tuple[Stanza, ...] | None = None


class Ending(StrEnum):
    """Why a trial is over."""

    DECIDED = "decided"
    OUT_OF_TIME = "out-of-time"
    GATEWAY_LOST = "gateway-lost"
    STOPPED = "stopped"
