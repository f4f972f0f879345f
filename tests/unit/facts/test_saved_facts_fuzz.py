"""Snapshots damaged on their way: what comes out is facts or a usage error, nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bedplate.errors import UsageError
from bedplate.facts.saved import load_facts
from bedplate.model.facts import FACTS_VERSION, Facts

SNAPSHOT = (Path(__file__).parents[2] / "captures/machines/demo.json").read_bytes().rstrip()
CONTENT = json.loads(SNAPSHOT)

JsonPath = tuple[str | int, ...]
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=2**63, max_value=2**1100)
    | st.floats()
    | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=4,
)


def paths_in(value: Any, here: JsonPath = ()) -> Iterator[JsonPath]:
    """Where the values of a JSON text are, those that hold others included."""
    yield here
    keys = value if isinstance(value, dict) else range(len(value) if isinstance(value, list) else 0)
    for key in keys:
        yield from paths_in(value[key], (*here, key))


def replaced(value: Any, path: JsonPath, new: object) -> Any:
    """The JSON value with another one in one place."""
    if not path:
        return new
    copy = value.copy()
    copy[path[0]] = replaced(value[path[0]], path[1:], new)
    return copy


PATHS = tuple(paths_in(CONTENT))


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One file for all examples; each writes it anew."""
    return tmp_path_factory.mktemp("fuzz") / "facts.json"


def checked(file: Path, data: bytes) -> Facts | UsageError:
    """What the loader says; any other exception goes on to fail the test."""
    file.write_bytes(data)
    try:
        return load_facts(file)
    except UsageError as error:
        refusal = error
    for problem in refusal.problems:
        assert problem.code
        assert problem.message
        assert problem.where.startswith(str(file))
    return refusal


def code(result: Facts | UsageError) -> str:
    """The code of the only problem, or nothing."""
    if isinstance(result, Facts):
        return ""
    (problem,) = result.problems
    return problem.code


@settings(max_examples=500, deadline=None)
@given(data=st.binary(max_size=400))
def test_no_bytes_are_a_snapshot_or_a_crash(file: Path, data: bytes) -> None:
    assert isinstance(checked(file, data), UsageError)


@settings(max_examples=500, deadline=None)
@given(length=st.integers(1, len(SNAPSHOT) - 1))
def test_a_truncated_snapshot_is_not_whole_json(file: Path, length: int) -> None:
    assert code(checked(file, SNAPSHOT[:length])) == "facts-not-json"


@settings(max_examples=500, deadline=None)
@given(version=VALUES.filter(lambda value: value != FACTS_VERSION))
def test_a_snapshot_of_another_version_is_refused_for_that(file: Path, version: object) -> None:
    data = json.dumps(CONTENT | {"version": version, "new": 1}).encode()
    assert code(checked(file, data)) == "facts-version"


@settings(max_examples=500, deadline=None)
@given(path=st.sampled_from(PATHS), new=VALUES)
def test_any_value_in_any_place_is_read_or_refused(file: Path, path: JsonPath, new: object) -> None:
    checked(file, json.dumps(replaced(CONTENT, path, new)).encode())


@settings(max_examples=500, deadline=None)
@given(
    place=st.integers(0, len(SNAPSHOT)),
    length=st.integers(0, 40),
    new=st.binary(max_size=8) | st.sampled_from([b"{", b"}", b"[", b"]", b'"', b",", b"\\ud800"]),
)
def test_a_damaged_snapshot_is_read_or_refused(
    file: Path, place: int, length: int, new: bytes
) -> None:
    checked(file, SNAPSHOT[:place] + new + SNAPSHOT[place + length :])
