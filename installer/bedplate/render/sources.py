"""Files with repositories, in either format: read, added to, changed in one entry, converted."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby, product

from bedplate.model.repository import PARTS, Entry, Format, Sources, SourcesFile
from bedplate.render.deb822 import (
    Field,
    parse_deb822,
    render_stanza,
    with_stanza_enabled,
    with_stanza_without,
)
from bedplate.render.one_line import (
    comments_and_entries,
    parse_one_line,
    render_line,
    trailing_comment,
    with_line_enabled,
    with_line_without,
)


def parse_sources(files: Iterable[SourcesFile]) -> Sources:
    """What all of these files state, in their order."""
    found = [
        parse_deb822(file.path, file.text)
        if file.format is Format.DEB822
        else parse_one_line(file.path, file.text)
        for file in files
    ]
    return Sources(
        entries=tuple(entry for one in found for entry in one.entries),
        damaged=tuple(damaged for one in found for damaged in one.damaged),
    )


def render_entry(entry: Entry, form: Format) -> str:
    """An entry in that format: a stanza, or a line for each of what it names."""
    if form is Format.DEB822:
        return render_stanza(entry)
    ways = product(entry.types, entry.uris, entry.suites)
    return "".join(
        render_line(entry.model_copy(update={"types": (kind,), "uris": (uri,), "suites": (suite,)}))
        for kind, uri, suite in ways
    )


def with_enabled(file: SourcesFile, entry: Entry, *, enabled: bool) -> SourcesFile:
    """The file with one of its entries put into use, or not; nothing else in it changes."""
    change = with_stanza_enabled if file.format is Format.DEB822 else with_line_enabled
    return _with_text(file, change(file.text, entry.line, enabled=enabled))


def without_word(file: SourcesFile, entry: Entry, field: Field, word: str) -> SourcesFile:
    """The file with one type, address, suite or component less in one of its entries.

    A line has one of each but components.
    """
    if file.format is Format.DEB822:
        return _with_text(file, with_stanza_without(file.text, entry.line, field, word))
    assert field == "Components", "a line of one suite has no other"
    return _with_text(file, with_line_without(file.text, entry.line, word))


def with_entry(file: SourcesFile, entry: Entry) -> SourcesFile:
    """The file with an entry more, at its end."""
    before = file.text if file.text.endswith("\n") or not file.text else f"{file.text}\n"
    if file.format is Format.DEB822 and before and not before.endswith("\n\n"):
        before += "\n"
    return _with_text(file, before + render_entry(entry, file.format))


def converted(file: SourcesFile) -> SourcesFile:
    """A file of lines as one of stanzas, under the name that such a file has.

    Comments stay where they are, and an entry that was commented out is a disabled one.
    """
    assert file.format is Format.ONE_LINE, "the others are what this makes"
    blocks: list[str] = []
    for is_blank, lines in groupby(comments_and_entries(file.path, file.text), _is_blank):
        if not is_blank:
            blocks += _stanzas(file, lines)
    return SourcesFile(path=converted_path(file.path), text="\n".join(blocks))


def converted_path(path: str) -> str:
    """What a file of lines is called as one of stanzas."""
    stem = path.rpartition("/")[2].removesuffix(".list")
    # apt's own `modernize-sources` gives sources.list this name.
    return f"{PARTS}/{'moved-from-main' if stem == 'sources' else stem}.sources"


def _stanzas(file: SourcesFile, lines: Iterable[str | Entry]) -> list[str]:
    """Lines without a blank one among them as stanzas, each with the comments above it."""
    stanzas, comments = [], ""
    for line in lines:
        if isinstance(line, str):
            comments += f"{line.strip()}\n"
            continue
        if tail := trailing_comment(file.text, line.line):
            comments += f"{tail}\n"
        stanzas.append(comments + render_stanza(line))
        comments = ""
    return [*stanzas, *([comments] if comments else [])]


def _is_blank(line: str | Entry) -> bool:
    return isinstance(line, str) and not line.strip()


def _with_text(file: SourcesFile, text: str) -> SourcesFile:
    return file.model_copy(update={"text": text})
