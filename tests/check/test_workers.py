"""Tests that are spread over worker processes: what they find out and put up is not lost.

What a session does within one process is in `tests/unit/meta`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CONFTEST = """
from tests.support.tier_plugin import TierPlugin

pytest_plugins = ["tests.support.stop_plugin"]

def pytest_configure(config):
    for name in ("unit", "loop"):
        config.addinivalue_line("markers", name)
    plugin = TierPlugin(
        ("unit", "loop"),
        obstacle=lambda name: "not on this machine" if name == {without!r} else None,
        tier_of=lambda item: item.path.stem.removeprefix("test_"),
    )
    config.pluginmanager.register(plugin)
"""
UNIT = "def test_it(): pass"
LOOP = """
import os
seen = []
def test_one(): seen.append(os.getpid())
def test_two(): assert seen == [os.getpid()]
"""
ENDED = """
import os, signal, threading
from pathlib import Path
import pytest

@pytest.fixture
def machine():
    yield
    Path("stopped").touch()

def test_that_is_ended(machine):
    os.kill(os.getppid(), signal.{name})
    threading.Event().wait(60)
"""


@pytest.fixture
def session(pytester: pytest.Pytester) -> pytest.Pytester:
    """A folder for another session, which can import what is in `tests.support`."""
    pytester.makeini(f"[pytest]\npythonpath = {ROOT}")
    pytester.makeconftest(CONFTEST.format(without=""))
    return pytester


def test_they_say_what_ran_and_loop_devices_are_for_one_of_them(session: pytest.Pytester) -> None:
    session.makepyfile(test_unit=UNIT, test_loop=LOOP)
    result = session.runpytest_subprocess("-n2", "--dist=loadgroup")
    result.stdout.fnmatch_lines(["tier unit: 1 passed", "tier loop: 2 passed"])
    assert result.ret == pytest.ExitCode.OK


def test_they_say_what_could_not_run(session: pytest.Pytester) -> None:
    session.makeconftest(CONFTEST.format(without="loop"))
    session.makepyfile(test_unit=UNIT, test_loop=LOOP)
    result = session.runpytest_subprocess("-n2", "--dist=loadgroup")
    result.stdout.fnmatch_lines(["tier loop had to run: cannot run: not on this machine"])
    assert result.ret == pytest.ExitCode.TESTS_FAILED


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_signal_to_the_session_takes_down_what_they_put_up(
    name: str, session: pytest.Pytester
) -> None:
    session.makepyfile(test_unit=ENDED.format(name=name))
    result = session.runpytest_subprocess("-n1")
    assert result.ret == pytest.ExitCode.INTERRUPTED
    assert (session.path / "stopped").exists()
