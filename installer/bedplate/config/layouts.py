"""The layouts that are there to choose from: one TOML file each.

A file may say `extends = "other"`: it then has all that `layouts/other.toml` has, table by table,
except what it says itself. What several layouts share is in `layouts/common`.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from bedplate.config.findings import did_you_mean, shown
from bedplate.config.shape import parse_toml
from bedplate.errors import Problem, UsageError
from bedplate.model.invalid import problems_in
from bedplate.model.layout import Layout

INSTALLED = Path("/usr/share/bedplate/layouts")


def layouts_dir() -> Path:
    """Where the layouts are: `$BEDPLATE_LAYOUTS`, a checkout's own, or the package's."""
    if chosen := os.environ.get("BEDPLATE_LAYOUTS"):
        return Path(chosen)
    source_root = Path(__file__).resolve().parents[2]
    beside = source_root.parent / "layouts"
    return beside if source_root.name == "installer" and beside.is_dir() else INSTALLED


def load_layout(name: str) -> Layout:
    """The layout of that name. Raises `UsageError` if there is none or it is invalid."""
    files = _files()
    if name not in files:
        message = f"there is no layout {shown(name)}"
        hint = did_you_mean(name, files)
        raise UsageError(Problem("unknown-layout", str(layouts_dir()), message, hint))
    return _load(files[name])


def load_layouts() -> tuple[Layout, ...]:
    """Every layout, by name. Raises `UsageError` with the problems of all files."""
    layouts: list[Layout] = []
    problems: list[Problem] = []
    for path in _files().values():
        try:
            layouts.append(_load(path))
        except UsageError as error:
            problems.extend(error.problems)
    if problems:
        raise UsageError(problems)
    return tuple(layouts)


def parse_layout(text: str, name: str, where: str) -> Layout:
    """A layout from its text; it must have the name of its file.

    Raises `UsageError` with every problem; `where` names the file in them.
    """
    try:
        layout = Layout.model_validate(_extended(_tables(text, where), where, (name,)))
    except ValidationError as error:
        raise UsageError(problems_in(error, "invalid-layout", where)) from None
    if layout.name != name:
        message = f"is {shown(layout.name)}, but the file is called {name}.toml"
        raise UsageError(Problem("invalid-layout", f"{where}: name", message))
    return layout


def _tables(text: str, where: str) -> dict[str, Any]:
    try:
        return parse_toml(text)
    except UsageError as error:
        raise UsageError([_in_file(where, problem) for problem in error.problems]) from None


def _extended(tables: dict[str, Any], where: str, chain: tuple[str, ...]) -> dict[str, Any]:
    """The tables over those of the file that they extend; `chain` is the way here, by name."""
    own = {key: value for key, value in tables.items() if key != "extends"}
    name = tables.get("extends")
    if name is None:
        return own
    path = layouts_dir() / f"{name}.toml"
    if name in chain:
        message = f"extends itself: {' -> '.join((*chain, name))}"
        raise UsageError(Problem("invalid-layout", f"{where}: extends", message))
    if not path.is_file():
        message = f"is {shown(str(name))}, and there is no {path}"
        hint = did_you_mean(str(name), _names())
        raise UsageError(Problem("invalid-layout", f"{where}: extends", message, hint))
    return _over(_extended(_tables(_read(path), str(path)), str(path), (*chain, name)), own)


def _over(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """Both tables as one; where both have a key, tables are put together, and else `above` wins."""
    both = {
        key: _over(below[key], above[key])
        for key in below.keys() & above.keys()
        if isinstance(below[key], dict) and isinstance(above[key], dict)
    }
    return below | above | both


def _names() -> list[str]:
    """What can be extended."""
    folder = layouts_dir()
    return [str(path.relative_to(folder).with_suffix("")) for path in folder.rglob("*.toml")]


def _files() -> dict[str, Path]:
    folder = layouts_dir()
    files = {path.stem: path for path in sorted(folder.glob("*.toml"))}
    if not files:
        hint = "set BEDPLATE_LAYOUTS to the folder that has them"
        raise UsageError(Problem("no-layouts", str(folder), "there is no layout here", hint))
    return files


def _load(path: Path) -> Layout:
    return parse_layout(_read(path), path.stem, str(path))


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            Problem("layout-unreadable", str(path), f"cannot be read: {error}")
        ) from error


def _in_file(where: str, problem: Problem) -> Problem:
    return Problem(problem.code, f"{where}: {problem.where}", problem.message, problem.hint)
