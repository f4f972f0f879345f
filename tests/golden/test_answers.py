"""Answer files and what becomes of them: a request (secrets masked), or a list of problems.

A case is a file in `answers/` with either a `.json` or a `.problems` beside it.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from bedplate.config.answer import parse_answer
from bedplate.config.layouts import load_layouts
from bedplate.errors import UsageError
from tests.support import golden

ANSWERS = Path(__file__).parent / "answers"


@pytest.mark.parametrize("name", sorted(path.stem for path in ANSWERS.glob("*.toml")))
def test_answer(name: str) -> None:
    valid, invalid = ANSWERS / f"{name}.json", ANSWERS / f"{name}.problems"
    try:
        request = parse_answer((ANSWERS / f"{name}.toml").read_bytes(), load_layouts())
    except UsageError as error:
        golden.absent(valid)
        golden.compare(invalid, "".join(f"[{p.code}] {p}\n" for p in error.problems))
    else:
        golden.absent(invalid)
        golden.compare(valid, request.model_dump_json(indent=2) + "\n")
