"""A session that is ended by a signal still takes down what its tests put up."""

from __future__ import annotations

import pytest

ENDED_IN_THE_MIDDLE = """
import os, signal
import pytest

@pytest.fixture
def machine():
    yield
    print("machine stopped")

def test_that_is_ended(machine):
    os.kill(os.getpid(), signal.{name})
    raise AssertionError("went on")
"""


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_fixtures_are_torn_down(name: str, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_ended=ENDED_IN_THE_MIDDLE.format(name=name))
    result = pytester.runpytest_inprocess(
        "-s", "-p", "tests.support.stop_plugin", no_reraise_ctrlc=True
    )
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines("*machine stopped*")
