"""Carries the events of an installer inside a machine to the sinks out here."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from bedplate.errors import CommandError, Problem
from bedplate.events import Clock, Event, What

_LAST_EVENT_SECONDS: Final = 10.0
_OF_THE_RUN: Final = (What.RUN_STARTED, What.RUN_DONE, What.RUN_FAILED)


@contextlib.contextmanager
def relayed(events: Path, clock: Clock) -> Iterator[None]:
    """Within this block the events written to a machine's event port are told to `clock`.

    End the machine inside the block: its end is what shows that no event is still on its way.
    """
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    with connection:
        try:
            connection.connect(str(events))
        except OSError as error:
            message = f"nobody answers: {error.strerror}"
            raise CommandError(Problem("events-closed", str(events), message)) from error
        thread = threading.Thread(target=_listen, args=(connection, clock), daemon=True)
        thread.start()
        try:
            yield
            thread.join(_LAST_EVENT_SECONDS)
        finally:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            thread.join()


def _listen(connection: socket.socket, clock: Clock) -> None:
    with connection.makefile("r", encoding="utf-8", errors="replace") as lines:
        for line in lines:
            # A machine that is ended in the middle of a line leaves a piece of one.
            with contextlib.suppress(ValueError):
                _tell(Event.from_json(line), clock)


def _tell(event: Event, clock: Clock) -> None:
    """Pass on what happened; when the run in there began and ended is this program's to say."""
    if event.what not in _OF_THE_RUN:
        clock.say(event.what, phase=event.phase, step=event.step, text=event.text, done=event.done)
