"""Files with repositories, as they are understood, changed, converted; and every known repository.

A case of the first kind is a file in `repositories/files/`, much of it as somebody else wrote it.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bedplate.model.known_repository import RELEASES, repositories_of
from bedplate.model.repository import PARTS, Entry, Format, SourcesFile
from bedplate.render.sources import converted, parse_sources, render_entry, with_enabled
from tests.support import golden

HERE = Path(__file__).parent / "repositories"
NAMES = sorted(path.name for path in (HERE / "files").iterdir())
SUFFIXES = {Format.ONE_LINE: "list", Format.DEB822: "sources"}


def read(name: str) -> SourcesFile:
    text = (HERE / "files" / name).read_bytes().decode()
    return SourcesFile(path=f"{PARTS}/{name}", text=text)


@pytest.mark.parametrize("name", NAMES)
def test_what_a_file_states(name: str) -> None:
    found = parse_sources([read(name)]).model_dump(exclude_defaults=True)
    golden.compare(HERE / "parsed" / f"{name}.json", json.dumps(found, indent=2) + "\n")


@pytest.mark.parametrize("name", NAMES)
def test_every_entry_the_other_way_round(name: str) -> None:
    file = read(name)
    text = file.text
    for entry in reversed(parse_sources([file]).entries):
        file = with_enabled(file, entry, enabled=not entry.enabled)
    assert file.text != text
    golden.compare(HERE / "flipped" / name, file.text)


@pytest.mark.parametrize("name", [n for n in NAMES if n.endswith(".list") and n != "damaged.list"])
def test_a_file_of_lines_as_one_of_stanzas(name: str) -> None:
    file = read(name)
    made = converted(file)
    golden.compare(HERE / "converted" / Path(made.path).name, made.text)
    before, after = parse_sources([file]), parse_sources([made])
    assert [said(entry) for entry in after.entries] == [said(entry) for entry in before.entries]
    assert not after.damaged


def said(entry: Entry) -> dict[str, object]:
    """What an entry says, wherever it stands."""
    said = entry.model_dump(exclude={"path", "line"})
    return said | {"uris": tuple(uri.replace(" ", "%20") for uri in entry.uris)}


@pytest.mark.parametrize("form", Format)
@pytest.mark.parametrize("codename", RELEASES)
def test_every_known_repository(codename: str, form: Format) -> None:
    parts = []
    for name, known in repositories_of(codename).items():
        entry = Entry(uris=(known.uri(),), suites=(known.suite,), components=known.components)
        parts.append(f"# {name}, in {known.file}\n{render_entry(entry, form)}")
    golden.compare(HERE / "known" / f"{codename}.{SUFFIXES[form]}", "\n".join(parts))
