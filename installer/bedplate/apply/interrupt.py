"""Turns Ctrl-C, SIGTERM and a lost terminal into one exception, at a moment that is safe.

The first signal counts; later ones are ignored, so that giving things back is never cut short.
There are two ways. At once: the programs that are running are ended, and `InterruptedRunError` is
raised in the main thread wherever it is. Or, for a run whose threads must be gone before anything
is given back, at safe points: no program is started any more either, so the run comes soon to the
next `raise_if_interrupted`. Inside `shielded()` a signal waits until the block ends.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from bedplate.errors import InterruptedRunError, Problem
from bedplate.run import allow_programs, stop_programs, terminate_running

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class _State:
    """What has been received so far in the run that is under way."""

    def __init__(self, *, at_once: bool = True) -> None:
        self.at_once = at_once
        self.received: str | None = None
        self.raised = False
        self.shields = 0
        self.has_come = threading.Event()

    def error(self) -> InterruptedRunError:
        return InterruptedRunError(
            Problem(
                "interrupted",
                "",
                f"stopped by {self.received}; nothing was left mounted or in use",
                "take the run up again with `bedplate resume`, or start it anew",
            )
        )

    def raise_if_due(self) -> None:
        if self.at_once and self.received and not self.raised and self.shields == 0:
            self.raised = True
            raise self.error()


_state = _State()


@contextmanager
def interruptible(*, at_once: bool = True) -> Iterator[None]:
    """Within this block the signals raise `InterruptedRunError`: at once, or at safe points.

    The end of the block is such a point. A signal that the program was started to ignore, as by
    nohup(1), stays ignored. Outside the main thread, where Python delivers no signals, the block
    does nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    global _state
    _state = _State(at_once=at_once)
    heeded = [number for number in _SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, _received) for number in heeded}
    try:
        yield
        if not at_once:
            raise_if_interrupted()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        _state = _State()
        allow_programs()


def raise_if_interrupted() -> None:
    """A safe point, in any thread: raise `InterruptedRunError` if a signal has come."""
    if _state.received:
        raise _state.error()


def pause(seconds: float) -> None:
    """Let time pass, but for a signal; a safe point. Not for the main thread, which gets those."""
    _state.has_come.wait(seconds)
    raise_if_interrupted()


@contextmanager
def shielded() -> Iterator[None]:
    """Within this block a signal waits, and programs can be started even after one.

    Where signals are raised at once, it takes effect where the outermost block ends well.
    """
    _state.shields += 1
    allow_programs()
    try:
        yield
    finally:
        _state.shields -= 1
    if threading.current_thread() is threading.main_thread():
        _state.raise_if_due()


def _received(number: int, _frame: FrameType | None) -> None:
    if _state.received is None:
        _state.received = signal.Signals(number).name
        _state.has_come.set()
        if _state.shields == 0:
            if _state.at_once:
                terminate_running()
            else:
                stop_programs()
    _state.raise_if_due()
