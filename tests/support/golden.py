"""Expected texts kept in files.

`BEDPLATE_REWRITE_GOLDENS=1` makes every comparison write what it got instead of judging it; the
result is then read like any other change before it is committed.
"""

from __future__ import annotations

import os
from pathlib import Path

REWRITE = os.environ.get("BEDPLATE_REWRITE_GOLDENS") == "1"


def compare(path: Path, actual: str) -> None:
    """Assert that `actual` is the whole text of the golden file `path`.

    A file that does not exist yet is an empty one: the test fails and shows everything.
    """
    if REWRITE:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(actual, encoding="utf-8")
        return
    expected = path.read_text(encoding="utf-8") if path.exists() else ""
    assert actual == expected, f"{path} differs; BEDPLATE_REWRITE_GOLDENS=1 rewrites it"


def absent(path: Path) -> None:
    """Assert that there is no golden file `path`: the other one of a pair is the expectation."""
    if REWRITE:
        path.unlink(missing_ok=True)
    assert not path.exists(), f"{path} is left over; BEDPLATE_REWRITE_GOLDENS=1 removes it"
