"""The layouts that are there to choose from: one TOML file each."""

from __future__ import annotations

import os
from pathlib import Path

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
        layout = Layout.model_validate(parse_toml(text))
    except UsageError as error:
        raise UsageError([_in_file(where, problem) for problem in error.problems]) from None
    except ValidationError as error:
        raise UsageError(problems_in(error, "invalid-layout", where)) from None
    if layout.name != name:
        message = f"is {shown(layout.name)}, but the file is called {name}.toml"
        raise UsageError(Problem("invalid-layout", f"{where}: name", message))
    return layout


def _files() -> dict[str, Path]:
    folder = layouts_dir()
    files = {path.stem: path for path in sorted(folder.glob("*.toml"))}
    if not files:
        hint = "set BEDPLATE_LAYOUTS to the folder that has them"
        raise UsageError(Problem("no-layouts", str(folder), "there is no layout here", hint))
    return files


def _load(path: Path) -> Layout:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            Problem("layout-unreadable", str(path), f"cannot be read: {error}")
        ) from error
    return parse_layout(text, path.stem, str(path))


def _in_file(where: str, problem: Problem) -> Problem:
    return Problem(problem.code, f"{where}: {problem.where}", problem.message, problem.hint)
