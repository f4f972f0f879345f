"""Files of sections with a kind and a name, their options indented below, such as storage.cfg.

What other hands wrote there stays as it is, comments included. A file is read as the original reads
it (PVE::SectionConfig, PVE::Status::Plugin): lines end at a line feed and nowhere else; a section
is told from another by its name alone, which is its kind if it has none of its own; an empty line
ends it; of an option that is there twice the first counts, and of a section the last.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

_HEAD = re.compile(r"(?P<kind>[^\s#:]\S*?):\s*(?P<name>\S+)?\s*")
_OPTION = re.compile(r"\s+(?P<key>[^\s#]\S*)(?:\s+(?P<value>.*\S))?\s*")

Options = Iterable[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Section:
    """A section that is there already."""

    kind: str
    name: str
    options: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Option:
    """An option of a section, and the number of its line."""

    line: int
    key: str
    value: str


@dataclass(frozen=True, slots=True)
class _Place:
    """A section by the numbers of its lines."""

    line: int
    kind: str
    name: str
    options: list[_Option]


def sections_in(text: str) -> tuple[Section, ...]:
    """The sections of a text, in order."""
    found = []
    for place in _places(text.split("\n")):
        options: dict[str, str] = {}
        for option in place.options:
            options.setdefault(option.key, option.value)
        found.append(Section(place.kind, place.name, options))
    return tuple(found)


def render_section(kind: str, name: str, options: Options) -> str:
    """A new section; an option without a value is its key alone."""
    lines = (f"\t{key} {value}".rstrip() for key, value in options)
    return "\n".join((f"{kind}: {name}", *lines, ""))


def with_sections(text: str, rendered: Iterable[str]) -> str:
    """The text with new sections behind those that it has."""
    before = text.rstrip("\n")
    return "\n".join((f"{before}\n" if before else "", *rendered)).lstrip("\n")


def with_options(text: str, name: str, options: Options) -> str:
    """The text with these options in the section of that name, which it has.

    Lines of options that are as they should be stay as they are; new ones come behind the last.
    """
    wanted = dict(options)
    lines = text.split("\n")
    place = [one for one in _places(lines) if one.name == name][-1]
    for option in place.options:
        if option.key in wanted and (value := wanted.pop(option.key)) != option.value:
            lines[option.line] = f"\t{option.key} {value}"
    last = place.options[-1].line if place.options else place.line
    new = [f"\t{key} {value}" for key, value in wanted.items()]
    if new and last == len(lines) - 1:
        new.append("")  # the last line had no end
    lines[last + 1 : last + 1] = new
    return "\n".join(lines)


def _places(lines: Iterable[str]) -> Iterator[_Place]:
    """The sections among lines. One may begin where an empty line was forgotten, too."""
    place: _Place | None = None
    for number, line in enumerate(lines):
        if (head := _HEAD.fullmatch(line)) is not None:
            if place is not None:
                yield place
            kind = head["kind"].lower()
            place = _Place(number, kind, head["name"] or kind, [])
        elif not line and place is not None:
            yield place
            place = None
        elif place is not None and (option := _OPTION.fullmatch(line)) is not None:
            place.options.append(_Option(number, option["key"], option["value"] or ""))
    if place is not None:
        yield place
