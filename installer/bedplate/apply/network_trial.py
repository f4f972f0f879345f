"""Watches a network that is being tried, until it is decided what becomes of it.

It knows neither how a gateway is asked nor how a network goes back: it is told both.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from bedplate.apply.lock import Patience, locked
from bedplate.model.network_trial import Ending

NETWORK_LOCK = Path("/run/bedplate-network.lock")
"""Held by whatever changes the files of the network or decides about a trial."""

WAKE = Path("/run/bedplate/network-trial.sock")
"""Where the watcher of a trial is told that something was decided."""

LOST_SECONDS = 15.0
"""How long a gateway may be silent: links are negotiated, and addresses looked up anew."""

_LOOK_SECONDS = 1.0
_PATIENCE_SECONDS = 120.0


@contextmanager
def network_locked(lock: Path, tell: Callable[[str], object] | None = None) -> Iterator[None]:
    """Keep other changes of the network away; told of it, wait for one that is under way."""
    patience = None if tell is None else Patience(_PATIENCE_SECONDS, tell)
    with locked(lock, str(lock), "another change of the network", patience):
        yield


def now() -> float:
    """The seconds since the boot, sleep included."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def watch(
    deadline: float,
    *,
    undecided: Callable[[], bool],
    reaches: Callable[[], bool],
    wait: Callable[[float], None],
    clock: Callable[[], float] = now,
) -> Ending:
    """Wait until it is decided, time is up, or the gateway was silent for too long."""
    silent_since: float | None = None
    while undecided():
        moment = clock()
        if moment >= deadline:
            return Ending.OUT_OF_TIME
        if reaches():
            silent_since = None
        elif silent_since is None:
            silent_since = moment
        elif clock() - silent_since >= LOST_SECONDS:
            return Ending.GATEWAY_LOST
        wait(min(_LOOK_SECONDS, max(0.0, deadline - clock())))
    return Ending.DECIDED


@contextmanager
def wakeable(place: Path) -> Iterator[Callable[[float], None]]:
    """A way to wait that `wake` ends at once."""
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    place.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind(str(place))

        def wait(seconds: float) -> None:
            ear.settimeout(max(seconds, 0.001))
            with suppress(TimeoutError):
                ear.recv(1)

        try:
            yield wait
        finally:
            place.unlink(missing_ok=True)


def wake(place: Path) -> None:
    """Have the watcher of a trial look at once, if there is one."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as voice, suppress(OSError):
        voice.sendto(b"!", str(place))


def tell_systemd(word: str) -> None:
    """Say to who started this service how far it is. sd_notify(3); others do not ask."""
    place = os.environ.get("NOTIFY_SOCKET")
    if not place:
        return
    address = "\0" + place[1:] if place.startswith("@") else place
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as voice:
        voice.sendto(word.encode(), address)
