"""Snapshots in files: so that a plan can be made for a machine that is not this one.

Imports nothing that probes: a plan from a saved snapshot must start fast, anywhere.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from bedplate.errors import FactsError, Problem, UsageError
from bedplate.model.facts import FACTS_VERSION, Facts
from bedplate.model.invalid import problems_in

_HINT = "save a new snapshot with `bedplate facts --save FILE`"


def load_facts(path: Path) -> Facts:
    """The snapshot in a file.

    Raises `UsageError` with every problem and its key path if the file cannot be read, is
    truncated, is of another version or is no snapshot.
    """
    try:
        text = path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "is not text"
        raise UsageError(Problem("facts-unreadable", str(path), f"{reason}", _HINT)) from error
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:  # numbers and nesting beyond reason, too
        message = f"is not whole JSON: {error}"
        raise UsageError(Problem("facts-not-json", str(path), message, _HINT)) from error
    _check_version(content, path)
    try:
        return Facts.model_validate_json(text)
    except ValidationError as error:
        raise UsageError(problems_in(error, "facts-invalid", str(path), _HINT)) from error


def save_facts(facts: Facts, path: Path) -> None:
    """Write a snapshot; at every moment the file is the old one or the whole new one.

    Raises `FactsError` if it cannot be written. The file is readable by its owner only, since it
    tells serial numbers and addresses.
    """
    try:
        _replace(path, facts.model_dump_json(indent=2) + "\n")
    except OSError as error:
        message = f"cannot be written: {error.strerror}"
        raise FactsError(Problem("facts-not-saved", str(path), message)) from error


def _replace(path: Path, text: str) -> None:
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            Path(name).unlink()
        raise
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _check_version(content: Any, path: Path) -> None:
    """A snapshot of another version gets one sentence, not a list of odd keys."""
    if not isinstance(content, dict):
        message = "is JSON, but no snapshot of a machine"
        raise UsageError(Problem("facts-invalid", str(path), message, _HINT))
    version = content.get("version")
    if version != FACTS_VERSION:
        message = f"has version {version!r}, and this bedplate reads version {FACTS_VERSION}"
        raise UsageError(Problem("facts-version", f"{path}: version", message, _HINT))
