"""What apt itself reads in files with repositories: the same as we do, and it stops where we say.

The files are those of the golden tests.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bedplate.errors import CommandError
from bedplate.model.known_repository import RELEASES, repositories_of
from bedplate.model.repository import Format, SourcesFile
from bedplate.model.repository_options import RepositoryOptions
from bedplate.plan.sources_files import plan_sources
from bedplate.render.sources import converted, parse_sources
from bedplate.run import run
from tests.golden.test_repositories import HERE, NAMES, read

FLIPPED = sorted(path.name for path in (HERE / "flipped").iterdir())


def apt_reads(folder: Path, *files: SourcesFile) -> set[tuple[str, ...]]:
    """Kind, address, suite and component of everything that apt would fetch packages from."""
    parts = folder / "parts"
    shutil.rmtree(parts, ignore_errors=True)
    parts.mkdir()
    for file in files:
        (parts / Path(file.path).name).write_text(file.text, encoding="utf-8")
    options = {
        "Dir::Etc::sourcelist": "/dev/null",
        "Dir::Etc::sourceparts": parts,
        "APT::Architecture": "amd64",
        "Dir::State::lists": folder / "lists",
    }
    words = [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
    form = "$(CREATED_BY) $(REPO_URI) $(RELEASE) $(COMPONENT)"
    text = run(["apt-get", *words, "indextargets", "--no-release-info", "--format", form]).stdout
    kinds = {"Packages": "deb", "Sources": "deb-src"}
    # What a folder does not have is left in the line as it was asked for.
    lines = (line.removesuffix(" $(COMPONENT)").split(" ") for line in text.splitlines())
    return {(kinds[words[0]], *words[1:]) for words in lines if words[0] in kinds}


def we_read(*files: SourcesFile) -> set[tuple[str, ...]]:
    """The same by our own reading, as apt writes it."""
    return {
        (
            target.type,
            f"{target.uri.rstrip('/')}/",
            target.suite,
            *([target.component] if target.component else []),
        )
        for entry in parse_sources(files).entries
        if entry.enabled
        for target in entry.targets()
    }


@pytest.mark.parametrize("name", [name for name in NAMES if not name.startswith("damaged")])
def test_apt_reads_the_same(name: str, tmp_path: Path) -> None:
    file = read(name)
    assert apt_reads(tmp_path, file) == we_read(file) != set()


@pytest.mark.parametrize("name", [name for name in NAMES if name.endswith(".list")])
def test_apt_reads_the_same_in_what_is_converted(name: str, tmp_path: Path) -> None:
    file = read(name)
    if not parse_sources([file]).damaged:
        assert apt_reads(tmp_path, converted(file)) == apt_reads(tmp_path, file)


@pytest.mark.parametrize("name", ["damaged.list", "damaged.sources"])
def test_apt_stops_at_everything_that_is_damaged(name: str, tmp_path: Path) -> None:
    file = read(name)
    pieces = file.text.split("\n\n") if file.format is Format.DEB822 else file.text.split("\n")
    damaged = 0
    for piece in filter(None, pieces):
        alone = file.model_copy(update={"text": f"{piece.strip()}\n"})
        found = parse_sources([alone]).damaged
        damaged += len(found)
        if any(not one.understood for one in found):
            with pytest.raises(CommandError):
                apt_reads(tmp_path, alone)
        else:
            assert apt_reads(tmp_path, alone) == we_read(alone) != set()
    assert damaged == len(parse_sources([file]).damaged)


@pytest.mark.parametrize("form", Format)
@pytest.mark.parametrize("codename", RELEASES)
def test_apt_reads_what_a_new_host_has(codename: str, form: Format, tmp_path: Path) -> None:
    names = [name for name in repositories_of(codename) if not name.endswith("enterprise")]
    options = RepositoryOptions(enabled=tuple(names), format=form, proxmox_key_hex="99")
    files = [
        SourcesFile(path=file.path, text=file.content)
        for file in plan_sources(options, codename)
        if file.path.endswith((".list", ".sources"))
    ]
    expected = {
        ("deb", f"{known.uri()}/", known.suite, component)
        for name, known in repositories_of(codename).items()
        if name in names
        for component in known.components
    }
    assert apt_reads(tmp_path, *files) == we_read(*files) == expected
