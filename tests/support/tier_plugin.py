"""Puts the tests into tiers, skips what cannot run with the reason, and says what ran.

Each test gets the name of its tier as a marker. At the end there is one line for each tier, and the
session fails if a tier that had to run did not (see `tests.support.tiers`). Where tests are spread
over worker processes, what a worker knows of a test comes with its reports.
"""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from tests.support import tiers
from tests.support.tiers import TIERS, Tally

# Properties of tests, which are in their reports too.
_TIER, _OBSTACLE = "tier", "obstacle"
# Loop devices are the whole machine's: facts of one test would show another's disks come and go.
_ONE_AT_A_TIME = ("loop",)


class TierPlugin:
    """The hooks. `obstacle` tells why a tier cannot run; tests hand in their own."""

    def __init__(
        self,
        required: tuple[str, ...],
        *,
        obstacle: Callable[[str], str | None] = tiers.obstacle,
        tier_of: Callable[[pytest.Item], str | None] = lambda item: tiers.tier_of(item.path),
    ) -> None:
        self._required = required
        self._obstacle = obstacle
        self._tier_of = tier_of
        self._tallies = {name: Tally() for name in TIERS}

    @pytest.hookimpl(tryfirst=True)  # pytest-xdist writes the groups into the names of tests
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Mark every test with its tier, and put the quick tiers first."""
        for item in items:
            tier = self._tier_of(item)
            if tier is not None:
                item.add_marker(tier)
                item.user_properties.append((_TIER, tier))
            if tier in _ONE_AT_A_TIME:
                item.add_marker(pytest.mark.xdist_group(tier))
        order = {name: place for place, name in enumerate(TIERS)}
        items.sort(key=lambda item: order.get(_known(item).get(_TIER, ""), 0))

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Skip the tests of a tier that cannot run; the first of them finds out."""
        tier = _known(item).get(_TIER)
        obstacle = self._obstacle(tier) if tier is not None else None
        if obstacle is not None:
            item.user_properties.append((_OBSTACLE, obstacle))
            pytest.skip(f"tier {tier} cannot run: {obstacle}")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count: a test that fails in set-up or tear-down has failed as well."""
        known = _known(report)
        if _TIER not in known:
            return
        tally = self._tallies[known[_TIER]]
        tally.obstacle = known.get(_OBSTACLE, tally.obstacle)
        tally.failed += report.failed
        tally.skipped += report.skipped
        tally.passed += report.passed and report.when == "call"

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Turn a session that left out a required tier into a failed one."""
        if self._missed(session.config) and session.exitstatus in (
            pytest.ExitCode.OK,
            pytest.ExitCode.NO_TESTS_COLLECTED,
        ):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(
        self, terminalreporter: pytest.TerminalReporter, config: pytest.Config
    ) -> None:
        """One line for each tier that has tests in this session, then what is missing."""
        terminalreporter.section("tiers", "-")
        for name, tally in self._tallies.items():
            if tally.seen:
                terminalreporter.line(f"tier {name}: {tally}")
        for sentence in self._missed(config):
            terminalreporter.line(sentence, red=True)

    def _missed(self, config: pytest.Config) -> tuple[str, ...]:
        """What had to run and did not; a worker sees only some of the tests, and does not judge."""
        if config.option.collectonly or hasattr(config, "workerinput"):
            return ()
        return tiers.missed(self._tallies, self._required)


def _known(of: pytest.Item | pytest.TestReport) -> dict[str, str]:
    return {name: value for name, value in of.user_properties if isinstance(value, str)}


def pytest_configure(config: pytest.Config) -> None:
    """Register the plugin and the markers that the folders give."""
    for name in TIERS:
        config.addinivalue_line("markers", f"{name}: a test of the tier of that name")
    try:
        required = tiers.required_tiers(os.environ)
    except ValueError as error:
        raise pytest.UsageError(str(error)) from error
    config.pluginmanager.register(TierPlugin(required), "bedplate-tiers")
