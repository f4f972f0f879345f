"""Which session a process is in, as the kernel says it."""

from __future__ import annotations

import pytest

from bedplate.sessions import parse_stat


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("4711 (sleep) S 4700 4711 4690 34816 4711 4194304 98 0", ("S", 4690)),
        ("12 (a) Z 1 2 (b) R 9 8 7 0", ("R", 7)),
        ("3 (kworker/0:0) I 2 0 0 0 -1 69238880 0 0", ("I", 0)),
    ],
    ids=["program", "name-with-parentheses", "kernel"],
)
def test_a_process(text: str, found: tuple[str, int]) -> None:
    assert parse_stat(text) == found
