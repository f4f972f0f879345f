"""A tier that had to run and did not fails the session, and nothing is skipped in silence."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.tier_plugin import TierPlugin
from tests.support.tiers import TESTS, Tally, missed, required_tiers, tier_of

ONE_OF_EACH = """
import pytest
def test_uml(): pass
def test_unit(): pass
def test_loop(): pass
def test_nothing(): pass
"""


@pytest.mark.parametrize(
    ("path", "tier"),
    [
        (TESTS / "unit/meta/test_x.py", "unit"),
        (TESTS / "vm/test_x.py", "vm"),
        (TESTS / "support/test_x.py", None),
        (TESTS / "test_x.py", None),
        (Path("/elsewhere/unit/test_x.py"), None),
    ],
)
def test_the_folder_makes_the_tier(path: Path, tier: str | None) -> None:
    assert tier_of(path) == tier


def test_required_tiers_come_from_the_environment() -> None:
    assert required_tiers({}) == ()
    assert required_tiers({"BEDPLATE_REQUIRE_TIERS": "unit,loop, vm"}) == ("unit", "loop", "vm")
    with pytest.raises(ValueError, match=r"has ulm; the tiers are unit, golden"):
        required_tiers({"BEDPLATE_REQUIRE_TIERS": "unit,ulm"})


@pytest.mark.parametrize(
    ("tally", "said"),
    [
        (Tally(passed=12), None),
        (Tally(passed=1, failed=2), None),
        (Tally(), "tier uml had to run: no test ran"),
        (Tally(passed=3, skipped=1), "tier uml had to run: 3 passed, 1 skipped"),
        (Tally(skipped=9, obstacle="no kernel"), "tier uml had to run: cannot run: no kernel"),
    ],
)
def test_what_counts_as_having_run(tally: Tally, said: str | None) -> None:
    assert missed({"uml": tally}, ["uml"]) == (() if said is None else (said,))
    assert missed({"uml": tally}, []) == ()


def session(
    pytester: pytest.Pytester, *options: str, required: tuple[str, ...], without: str = ""
) -> pytest.RunResult:
    """A session over ONE_OF_EACH, where a test's name tells its tier."""

    def tier(item: pytest.Item) -> str | None:
        name = item.name.removeprefix("test_")
        return None if name == "nothing" else name

    pytester.makeconftest(
        "def pytest_configure(config):\n"
        "    for name in ('unit', 'loop', 'uml'):\n"
        "        config.addinivalue_line('markers', name)\n"
    )
    pytester.makepyfile(ONE_OF_EACH)
    plugin = TierPlugin(
        required,
        obstacle=lambda name: "not on this machine" if name == without else None,
        tier_of=tier,
    )
    return pytester.runpytest_inprocess("-v", *options, plugins=[plugin])


def test_quick_tiers_run_first_and_each_has_its_line(pytester: pytest.Pytester) -> None:
    result = session(pytester, required=("unit", "loop", "uml"))
    result.stdout.re_match_lines(
        [
            r".*::test_unit PASSED",
            r".*::test_loop PASSED",
            r".*::test_uml PASSED",
            r"tier unit: 1 passed",
            r"tier loop: 1 passed",
            r"tier uml: 1 passed",
        ]
    )
    assert result.ret == pytest.ExitCode.OK


def test_a_tier_that_cannot_run_says_why(pytester: pytest.Pytester) -> None:
    result = session(pytester, required=("unit",), without="uml")
    result.stdout.fnmatch_lines(["tier uml: cannot run: not on this machine"])
    result.assert_outcomes(passed=3, skipped=1)
    assert result.ret == pytest.ExitCode.OK


def test_a_required_tier_that_cannot_run_fails_the_session(pytester: pytest.Pytester) -> None:
    result = session(pytester, required=("unit", "uml"), without="uml")
    result.stdout.fnmatch_lines(["tier uml had to run: cannot run: not on this machine"])
    result.assert_outcomes(passed=3, skipped=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED


@pytest.mark.parametrize("selection", [("-k", "unit"), ("-m", "loop"), ("-k", "unheard_of")])
def test_a_required_tier_that_was_not_selected_fails_the_session(
    pytester: pytest.Pytester, selection: tuple[str, str]
) -> None:
    result = session(pytester, *selection, required=("uml",))
    result.stdout.fnmatch_lines(["tier uml had to run: no test ran"])
    assert result.ret == pytest.ExitCode.TESTS_FAILED


def test_looking_at_the_list_of_tests_is_no_failure(pytester: pytest.Pytester) -> None:
    result = session(pytester, "--collect-only", required=("uml",))
    assert result.ret == pytest.ExitCode.OK
