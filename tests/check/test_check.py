"""Format, lint, types and import contracts: what `make check` runs."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bedplate.run import run

CHECKOUT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
ENVIRONMENT = {"PYTHONPATH": f"{CHECKOUT / 'installer'}:{CHECKOUT}"}

CHECKS: dict[str, list[str | Path]] = {
    "format": [BIN / "ruff", "format", "--check", "."],
    "lint": [BIN / "ruff", "check", "."],
    "types": [BIN / "mypy"],
    "imports": [BIN / "lint-imports"],
}


@pytest.mark.parametrize("name", CHECKS)
def test_check(name: str) -> None:
    result = run(CHECKS[name], cwd=CHECKOUT, env=ENVIRONMENT, check=False)
    if result.code != 0:
        pytest.fail(f"{name}\n{result.stdout}{result.stderr}", pytrace=False)


def test_shell_scripts_parse() -> None:
    listed = run(["git", "ls-files", "-z"], cwd=CHECKOUT).stdout.split("\0")
    shells = {path: _shell(path) for name in listed if (path := CHECKOUT / name).is_file()}
    scripts = {path: shell for path, shell in shells.items() if shell is not None}
    assert CHECKOUT / ".ci/run" in scripts
    broken = {
        str(path): result.stderr
        for path, shell in scripts.items()
        if (result := run([shell, "-n", path], check=False)).code != 0
    }
    assert broken == {}


def _shell(path: Path) -> str | None:
    """The shell that a script names in its first line, if it is one."""
    with path.open("rb") as file:
        words = file.readline(80).decode(errors="replace").removeprefix("#!").split()
    return words[0] if words and words[0] in ("/bin/sh", "/bin/bash") else None
