"""The bytes of a file as text."""

from __future__ import annotations

from bedplate.errors import Problem, UsageError


def decode(data: bytes) -> str:
    """The text of a TOML file. Raises `UsageError` with the line that is not UTF-8."""
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        problem = Problem("broken-toml", f"line {line}", "the text is not UTF-8, as TOML must be")
    raise UsageError(problem)
