"""A session that is told to end does so as with Ctrl-C: what its tests started is stopped first."""

from __future__ import annotations

import signal
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager

import pytest

_SIGNALS = (signal.SIGTERM, signal.SIGHUP)


@pytest.hookimpl(wrapper=True)
def pytest_cmdline_main() -> Generator[None, object, object]:
    """For as long as the session lasts, two more signals mean `KeyboardInterrupt`."""
    with ExitStack() as handlers:
        for number in _SIGNALS:
            handlers.enter_context(_interrupting(number))
        return (yield)


@contextmanager
def _interrupting(number: signal.Signals) -> Iterator[None]:
    before = signal.signal(number, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(number, before)
