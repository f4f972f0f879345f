"""Repositories in one-line format, the `.list` files of sources.list(5): read, and changed by line.

A line that was commented out is a disabled entry, if without its `#` it would be one. Whatever is
not changed stays as it was, byte by byte.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from bedplate.model.repository import DamagedEntry, Entry, Sources

TYPES = ("deb", "deb-src")

_LINE = re.compile(r"[^\n]*\n|[^\n]+")
# A word of apt's: quotes and brackets keep blanks together, as in `cdrom:[Debian 12 (x)]/`.
_WORD = r'(?:\[[^\]\n]*\]|"[^"\n]*"|[^\s\["#])(?:\[[^\]\n]*\]|"[^"\n]*"|[^\s"#])*'
_ENTRY = re.compile(
    rf"(?P<head>\s*(?P<off>(?:#\s*)*)(?P<type>deb|deb-src)\s+"
    rf"(?:\[(?P<options>[^\]\n]*)\]\s*)?"
    rf"(?P<uri>{_WORD})\s+(?P<suite>{_WORD}))"
    rf"(?P<components>(?:[^\S\n]+{_WORD})*)"
    r"(?P<tail>\s*(?:#[^\n]*)?\n?)"
)
_OPTION = re.compile(r"(?P<name>[A-Za-z-]+[+-]?)=(?P<value>\S*)")
_URI = re.compile(r'"?[a-z][a-z0-9+.-]*:\S?', re.IGNORECASE)
# Prose may begin with `deb` as well; what was an entry has words that could be a component.
_COMPONENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/+-]*")


def parse_one_line(path: str, text: str) -> Sources:
    """The entries of a `.list` file, and the lines that apt would stop at."""
    entries: list[Entry] = []
    damaged: list[DamagedEntry] = []
    for number, line in enumerate(_lines(text), start=1):
        if (entry := _parse(path, number, line)) is not None:
            entries.append(entry)
        elif line.strip() and not line.lstrip().startswith("#"):
            damaged.append(DamagedEntry(path=path, line=number, what=_what_is_wrong(line)))
    return Sources(entries=tuple(entries), damaged=tuple(damaged))


def render_line(entry: Entry) -> str:
    """An entry of one type, one address and one suite as a line."""
    (kind,), (uri,), (suite,) = entry.types, entry.uris, entry.suites
    options = " ".join(f"{name}={value}" for name, value in entry.options.items())
    words = (kind, *((f"[{options}]",) if options else ()), uri, suite, *entry.components)
    return f"{'' if entry.enabled else '# '}{' '.join(words)}\n"


def with_line_enabled(text: str, number: int, *, enabled: bool) -> str:
    """The text with an entry's line put into use, or commented out."""

    def change(line: str) -> str:
        match = _entry(line)
        start, end = match.span("off")
        return f"{line[:start]}{line[end:]}" if enabled else f"# {line}"

    return _with_line(text, number, change)


def with_line_without(text: str, number: int, component: str) -> str:
    """The text with one component less in an entry's line."""

    def change(line: str) -> str:
        start, end = _entry(line).span("components")
        word = re.compile(rf"\s+{re.escape(component)}(?=\s|$)")
        return line[:start] + word.sub("", line[start:end]) + line[end:]

    return _with_line(text, number, change)


def comments_and_entries(path: str, text: str) -> Iterator[str | Entry]:
    """The lines of a file in order: entries, and everything else as it is."""
    for number, line in enumerate(_lines(text), start=1):
        yield _parse(path, number, line) or line


def trailing_comment(text: str, number: int) -> str:
    """What stands behind an entry in its line, from the `#` on."""
    return _entry(_lines(text)[number - 1])["tail"].strip()


def _lines(text: str) -> list[str]:
    """apt knows no other end of a line than this one; `str.splitlines` does."""
    return _LINE.findall(text)


def _entry(line: str) -> re.Match[str]:
    match = _ENTRY.fullmatch(line)
    assert match is not None, "the number is that of an entry"
    return match


def _parse(path: str, number: int, line: str) -> Entry | None:
    match = _ENTRY.fullmatch(line)
    if match is None or _wrong(match):
        return None
    return Entry(
        path=path,
        line=number,
        enabled=not match["off"],
        types=(match["type"],),
        uris=(match["uri"],),
        suites=(match["suite"],),
        components=tuple(match["components"].split()),
        options=_options(match["options"] or ""),
    )


def _options(text: str) -> dict[str, str]:
    return {
        option["name"].lower(): option["value"]
        for word in text.split()
        if (option := _OPTION.fullmatch(word))
    }


def _wrong(match: re.Match[str]) -> str:
    """What apt has against a line that has the words of an entry."""
    components = match["components"].split()
    if not _URI.match(match["uri"]):
        return f"has no address where one belongs, but {match['uri']}"
    if not components and not match["suite"].endswith("/"):
        return "names no component"
    if components and match["suite"].endswith("/"):
        return f"names a component beside the folder {match['suite']}"
    if match["off"] and not all(map(_COMPONENT.fullmatch, components)):
        return "is a comment"
    bad = [word for word in (match["options"] or "").split() if not _OPTION.fullmatch(word)]
    return f"has the option {bad[0]}, which is not NAME=VALUE" if bad else ""


def _what_is_wrong(line: str) -> str:
    if match := _ENTRY.fullmatch(line):
        return _wrong(match)
    first = line.split()[0]
    if first not in TYPES:
        return f"begins with {first}, where deb or deb-src is needed"
    return "is not deb, options in brackets, an address, a suite and components"


def _with_line(text: str, number: int, change: Callable[[str], str]) -> str:
    lines = _lines(text)
    lines[number - 1] = change(lines[number - 1])
    return "".join(lines)
