"""One mistake at a time in an answer file that is otherwise fine; every kind of message once."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bedplate.config.answer import parse_answer
from bedplate.config.layouts import load_layouts
from bedplate.errors import ExitCode, UsageError
from tests.support import golden
from tests.unit.config.mistakes import (
    BTRFS,
    ENCRYPTED,
    FINE,
    MIRROR,
    MISTAKES,
    OTHER,
    PASSWORD,
    SPECIAL,
    STATIC,
    Changes,
    answer,
)

EXPECTED = Path(__file__).parents[2] / "golden" / "answers" / "mistakes"
LAYOUTS = load_layouts()


def problems(data: bytes) -> str:
    """What is wrong with an answer file, one problem in a line."""
    with pytest.raises(UsageError) as caught:
        parse_answer(data, LAYOUTS)
    assert caught.value.exit_code is ExitCode.USAGE
    return "".join(f"[{problem.code}] {problem}\n" for problem in caught.value.problems)


def test_an_answer_without_a_mistake_is_accepted() -> None:
    for changes in (Changes(), STATIC, MIRROR, BTRFS, SPECIAL, ENCRYPTED, OTHER):
        assert parse_answer(answer(changes), LAYOUTS).hostname == "host"


@pytest.mark.parametrize("name", MISTAKES)
def test_mistake(name: str) -> None:
    text = problems(answer(MISTAKES[name]))
    golden.compare(EXPECTED / f"{name}.problems", text)
    assert PASSWORD not in text


def test_every_golden_mistake_is_still_made() -> None:
    assert {path.stem for path in EXPECTED.iterdir()} == set(MISTAKES)


@pytest.mark.parametrize(
    ("data", "where"),
    [
        (b"a = 1\nb = = 2\n", "line 2, column 5"),
        (b"a = 1\r\nb = = 2\r\n", "line 2, column 5"),
        (b"a = 1\na = 2\n", "line 2, column 6"),
        (b"[global", "line 1, column 8"),
        (b"a = 1\nb =", "line 2, column 4"),
        (b"a = 1\n\xff", "line 2"),
    ],
)
def test_broken_toml_is_located(data: bytes, where: str) -> None:
    # What follows is Python's own sentence, and differs from version to version.
    assert problems(data).startswith(f"[broken-toml] {where}: th")


@pytest.mark.parametrize(
    "data",
    [b"a = " + b"[" * 100_000, b"[" + b"a." * 5000 + b"a]", b"a." * 5000 + b"a = 1"],
    ids=["lists", "table", "key"],
)
def test_toml_that_nests_too_deeply_is_refused(data: bytes) -> None:
    expected = "[broken-toml] the file nests values too deeply to be read\n"
    assert problems(data) == expected


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=2**64, max_value=2**1100)
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["from-dhcp", "zfs", "192.0.2.7/24", "fe80::1%x/64", "1979-05-27"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


def toml_value(value: object) -> str:
    """A value as TOML writes it; `None` becomes a date, the type that no key has."""
    match value:
        case None:
            return "1979-05-27"
        case bool():
            return str(value).lower()
        case dict():
            pairs = (f"{toml_value(key)} = {toml_value(item)}" for key, item in value.items())
            return f"{{ {', '.join(pairs)} }}"
        case list():
            return f"[{', '.join(map(toml_value, value))}]"
        case str():
            escaped = "".join(f"\\U{ord(character):08x}" for character in value)
            return f'"{escaped}"'
        case _:
            return str(value)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from([*FINE, *STATIC, *MIRROR]), VALUES, min_size=1))
def test_no_value_makes_anything_but_a_usage_error(changes: dict[str, object]) -> None:
    data = answer({key: toml_value(value) for key, value in changes.items()})
    with contextlib.suppress(UsageError):
        parse_answer(data, LAYOUTS)


@settings(deadline=None)
@given(st.binary() | st.text().map(str.encode))
def test_no_text_makes_anything_but_a_usage_error(data: bytes) -> None:
    with pytest.raises(UsageError):
        parse_answer(data, LAYOUTS)
