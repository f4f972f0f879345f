"""Rules about the tree that no linter knows."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from bedplate.errors import ExitCode

CHECKOUT = Path(__file__).parents[3]
LINE_LIMIT = 400
TOP_LEVEL = (
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "LICENSE",
    "Makefile",
    "README.md",
    "debian",
    "docs/decisions",
    "hooks",
    "images",
    "installer/bedplate",
    "layouts",
    "pyproject.toml",
    ".ci/run",
)


def test_the_tree_is_what_the_documents_say() -> None:
    assert [name for name in TOP_LEVEL if not (CHECKOUT / name).exists()] == []


def test_no_module_is_too_long_to_read() -> None:
    lengths = {name(path): len(path.read_text().splitlines()) for path in python_files()}
    assert {path: n for path, n in lengths.items() if n > LINE_LIMIT} == {}


def test_every_unfinished_thing_has_an_issue() -> None:
    # The words are put together here, or this file would be its own first finding.
    loose = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|X" + r"XX)\b(?!\(#\d+\))")
    assert [name(path) for path in python_files() if loose.search(path.read_text())] == []


def test_every_script_can_be_started() -> None:
    folders = ("hooks", ".ci", "tests", "debian")
    files = (path for folder in folders for path in (CHECKOUT / folder).rglob("*"))
    scripts = [path for path in files if path.is_file() and is_script(path)]
    assert CHECKOUT / ".ci/run" in scripts
    assert [name(path) for path in scripts if not os.access(path, os.X_OK)] == []


def test_every_layout_says_when_to_use_it() -> None:
    layouts = sorted((CHECKOUT / "layouts").glob("*.toml"))
    assert layouts
    assert [path.name for path in layouts if not path.read_text().startswith("# ")] == []


def test_every_layout_has_a_golden_plan() -> None:
    goldens = [path.name for path in (CHECKOUT / "tests/golden").rglob("*-uefi-*")]
    layouts = [path.stem for path in (CHECKOUT / "layouts").glob("*.toml")]
    assert [stem for stem in layouts if not any(stem in golden for golden in goldens)] == []


def test_the_readme_explains_every_exit_code() -> None:
    paragraphs = (CHECKOUT / "README.md").read_text().split("\n\n")
    (paragraph,) = [text for text in paragraphs if text.startswith("Exit codes:")]
    assert [int(code) for code in re.findall(r"\b\d\b", paragraph)] == list(ExitCode)


def test_every_library_is_pinned() -> None:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]
    options: dict[str, list[str]] = project["optional-dependencies"]
    wanted = {
        library(line) for lines in (project["dependencies"], *options.values()) for line in lines
    }
    lock = (CHECKOUT / "tests/support/packages/python.txt").read_text()
    pinned = {library(line) for line in lock.splitlines() if not line.startswith("#")}
    assert wanted - pinned == {"bedplate"}  # which the development extra names to get `lab`


def python_files() -> Iterator[Path]:
    """Every module of the program and of the tests."""
    for folder in ("installer", "tests"):
        yield from (CHECKOUT / folder).rglob("*.py")


def is_script(path: Path) -> bool:
    """Whether the file names the program that runs it."""
    with path.open("rb") as file:
        return file.read(2) == b"#!"


def library(requirement: str) -> str:
    """The name a requirement begins with, as package indexes compare it (PEP 503)."""
    return re.split(r"[^A-Za-z0-9._-]", requirement)[0].lower().replace("_", "-").replace(".", "-")


def name(path: Path) -> str:
    """A path for people."""
    return str(path.relative_to(CHECKOUT))
