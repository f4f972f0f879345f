"""A unit test may not start a process: what needs one belongs to another tier."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

import pytest

_STARTERS = ("subprocess.Popen", "os.system", "os.posix_spawn", "os.fork", "os.execvp")


@pytest.fixture(autouse=True)
def _no_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in _STARTERS:
        monkeypatch.setattr(name, _refusal(name))


class ProcessStartedError(AssertionError):
    """A unit test, or what it calls, tried to start a process."""


def _refusal(name: str) -> Callable[..., NoReturn]:
    def refuse(*args: object, **_options: object) -> NoReturn:
        started = args[0] if args else ""
        raise ProcessStartedError(f"a unit test called {name}({started!r}, …)")

    return refuse
