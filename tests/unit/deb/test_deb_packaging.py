"""What debian/ says agrees with what pyproject.toml and the code say."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from debian.deb822 import Deb822, PkgRelation

from bedplate import __version__

ROOT = Path(__file__).parents[3]
DEBIAN = ROOT / "debian"

# Debian's name for each dependency of pyproject.toml; blkinfo is carried.
PACKAGES = {
    "pexpect": "python3-pexpect",
    "pydantic": "python3-pydantic",
    "pyparted": "python3-parted",
    "pyudev": "python3-pyudev",
    "python-debian": "python3-debian",
    "rich": "python3-rich",
    "typer": "python3-typer",
    "urllib3": "python3-urllib3",
}


def binary_paragraph() -> Deb822:
    _source, binary = Deb822.iter_paragraphs((DEBIAN / "control").read_text())
    return binary


def dependencies() -> list[list[str]]:
    """Each dependency as the names of its alternatives, with what they are limited to."""
    text = re.sub(r"\$\{[^}]+\},\s*", "", binary_paragraph()["Depends"])
    return [
        [f"{one['name']} {' '.join(one['version'] or ())}".strip() for one in alternatives]
        for alternatives in PkgRelation.parse_relations(text)
    ]


def libraries() -> dict[str, str]:
    """The oldest version that will do, for each dependency of pyproject.toml."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return dict(line.split(">=") for line in project["dependencies"])


def test_every_library_is_a_dependency_or_carried() -> None:
    assert libraries().keys() == {*PACKAGES, "blkinfo"}
    named = {alternatives[0].split()[0] for alternatives in dependencies()}
    assert set(PACKAGES.values()) <= named


@pytest.mark.parametrize("module", ["pydantic", "typer"])
def test_debian_12_may_have_it_older_for_there_it_is_carried(module: str) -> None:
    assert [f"{PACKAGES[module]} >= {libraries()[module]}", "python3 << 3.12"] in dependencies()
    requirements = (DEBIAN / "bookworm" / "requirements.txt").read_text()
    assert re.search(rf"^{module}==[\d.]+ --hash=sha256:[0-9a-f]{{64}}$", requirements, re.M)
    assert "sys.version_info < (3, 12)" in (DEBIAN / "launcher" / "bedplate").read_text()


def test_the_versions_agree() -> None:
    first_line = (DEBIAN / "changelog").read_text().splitlines()[0]
    assert first_line.startswith(f"bedplate ({__version__}) ")


def test_everything_that_is_installed_exists() -> None:
    for line in (DEBIAN / "install").read_text().splitlines():
        source, _target = line.split()
        assert (ROOT / source).exists(), f"debian/install names {source}, which is not there"
