"""Turns Ctrl-C, SIGTERM and a lost terminal into one exception, at a moment that is safe.

The first signal ends the programs that are running and raises `InterruptedRunError` in the main
thread; later ones are ignored, so that giving things back is never cut short. Inside `shielded()` a
signal is kept until the block ends.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from bedplate.errors import InterruptedRunError, Problem
from bedplate.run import terminate_running

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class _State:
    """What has been received so far in the run that is under way."""

    def __init__(self) -> None:
        self.received: str | None = None
        self.raised = False
        self.shields = 0

    def raise_if_due(self) -> None:
        if self.received and not self.raised and self.shields == 0:
            self.raised = True
            raise InterruptedRunError(
                Problem(
                    "interrupted",
                    "",
                    f"stopped by {self.received}; nothing was left mounted or in use",
                    "take the run up again with `bedplate resume`, or start it anew",
                )
            )


_state = _State()


@contextmanager
def interruptible() -> Iterator[None]:
    """Within this block the three signals raise `InterruptedRunError`, once.

    Outside the main thread, where Python delivers no signals, it does nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    global _state
    _state = _State()
    before = {number: signal.signal(number, _received) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def shielded() -> Iterator[None]:
    """Within this block a signal waits; it takes effect where the outermost block ends well."""
    _state.shields += 1
    try:
        yield
    finally:
        _state.shields -= 1
    if threading.current_thread() is threading.main_thread():
        _state.raise_if_due()


def _received(number: int, _frame: FrameType | None) -> None:
    if _state.received is None:
        _state.received = signal.Signals(number).name
        if _state.shields == 0:
            terminate_running()
    _state.raise_if_due()
