"""A file of interfaces(5) while it is changed: lines go, come and say something else, in its style.

It knows where things go and how they are written there, not what is to be said.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from ipaddress import ip_interface

from bedplate.model.interfaces import Family, Option, Stanza
from bedplate.model.interfaces_file import InterfacesFile, LineKind, Section
from bedplate.plan.stanza_items import Item, items_of
from bedplate.render.interfaces import render_stanza

_INDENT = " " * 8
_ENDS = ("\r\n", "\n", "\r")
_QUIET = (LineKind.BLANK, LineKind.COMMENT)


class Draft:
    """The changes of a file so far; `text` is the file with them."""

    def __init__(self, file: InterfacesFile) -> None:
        self.file = file
        self._raw: list[str | None] = [line.raw for line in file.lines]
        self._options_after: defaultdict[int, list[str]] = defaultdict(list)
        self._stanzas_before: defaultdict[int, list[str]] = defaultdict(list)
        self._autos: set[int] = set()
        self._end = next((_end_of(line.raw) for line in file.lines if _end_of(line.raw)), "\n")
        self._left = {section.first: _keys(section) for section in file.sections}

    def text(self) -> str:
        """The whole file."""
        parts: list[str] = []
        for part in self._parts():
            if parts and not _end_of(parts[-1]):
                parts.append(self._end)
            parts.append(part)
        return "".join(parts)

    def left(self, section: Section) -> frozenset[str]:
        """The keys of a section that are still there."""
        return frozenset((+self._left[section.first]).keys())

    def set_method(self, section: Section, family: Family | None, method: str) -> None:
        """Write the line that begins a stanza anew."""
        words = ["iface", section.name, *([family] if family is not None else []), method]
        more = self.file.lines[section.first].words[4:]
        raw = self.file.lines[section.first].raw
        self._raw[section.first] = f"{_indent_of(raw)}{' '.join((*words, *more))}{_end_of(raw)}"

    def drop(self, section: Section, item: Item) -> None:
        """Take the lines of an item out."""
        for line in item.lines:
            self._raw[line] = None
        self._left[section.first][item.key] -= 1

    def replace(self, section: Section, item: Item, new: Item) -> None:
        """Say something else of the same kind, in the lines and the style of what was said."""
        wanted = {option.key: option for option in _in_style(item, new)}
        for line, option in zip(item.lines, item.options, strict=True):
            replacement = wanted.pop(option.key, None)
            if replacement is None:
                self._raw[line] = None
            elif replacement != option:
                self._raw[line] = _with_value(self.file.lines[line].raw, replacement, self._end)
        for option in wanted.values():
            self._write_after(item.lines[-1], section, option)

    def put(self, section: Section, item: Item) -> None:
        """Add to a stanza, below what is of the same kind or at its end."""
        alike = [option.line for option in section.options if option.key == item.key]
        for option in item.options:
            self._write_after(alike[-1] if alike else section.last, section, option)
        self._left[section.first][item.key] += 1

    def add(self, stanza: Stanza, above: Section | None) -> None:
        """Add a stanza: below another one, or at the end, before what the file includes there."""
        place = self._end_of_file() if above is None else self._below(above)
        text = render_stanza(stanza).replace("\n", self._end)
        self._stanzas_before[place].append(text)

    def remove(self, section: Section) -> None:
        """Take a stanza out, with the comments that are about it."""
        first, last = self._with_comments(section)
        for line in range(first, last + 1):
            if self.file.lines[line].kind is not LineKind.AUTO:
                self._raw[line] = None
        self._close_gap(first, last)
        self._left[section.first].clear()

    def add_auto(self, section: Section) -> None:
        """Have an interface come up with the host."""
        self._autos.add(section.first)

    def drop_auto(self, name: str) -> None:
        """Take an interface out of the lines that have it come up by itself."""
        for number, line in enumerate(self.file.lines):
            raw = self._raw[number]
            if line.kind not in (LineKind.AUTO, LineKind.ALLOW) or name not in line.words[1:]:
                continue
            if raw is None or set(line.words[1:]) == {name}:
                self._raw[number] = None
            else:
                self._raw[number] = re.sub(rf"[ \t]+{re.escape(name)}(?=\s|\Z)", "", raw)

    def _write_after(self, line: int, section: Section, option: Option) -> None:
        indent = _INDENT
        if section.options:
            indent = _indent_of(self.file.lines[section.options[0].line].raw)
        self._options_after[line].append(f"{indent}{option.key} {option.value}{self._end}")

    def _parts(self) -> Iterator[str]:
        """The file in pieces, of which one that does not end a line is the last of the old file."""
        blank = True
        for number in range(len(self._raw) + 1):
            if texts := self._stanzas_before.get(number):
                if not blank:
                    yield self._end
                yield self._end.join(texts)
                if next((raw for raw in self._raw[number:] if raw is not None), "").strip():
                    yield self._end
            if number == len(self._raw):
                return
            raw = self._raw[number]
            if raw is not None and number in self._autos:
                name = self.file.lines[number].words[1]
                yield f"{_indent_of(raw)}auto {name}{self._end}"
            if raw is not None:
                yield raw
                blank = not raw.strip()
            for text in self._options_after.get(number, ()):
                yield text
                blank = False

    def _below(self, section: Section) -> int:
        """The line before which the next stanza may begin."""
        lines = self.file.lines
        place = section.last + 1
        while place < len(lines) and lines[place].kind is LineKind.COMMENT:
            place += 1
        if place < len(lines) and lines[place].kind is not LineKind.BLANK:
            return section.last + 1  # they are about what follows
        return place

    def _end_of_file(self) -> int:
        """The line before which a last stanza goes; lines that include others stay the last."""
        lines = self.file.lines
        place = len(lines)
        while place and lines[place - 1].kind in (LineKind.SOURCE, *_QUIET):
            place -= 1
        if all(line.kind is not LineKind.SOURCE for line in lines[place:]):
            return len(lines)
        while lines[place].kind is LineKind.BLANK:
            place += 1
        return place

    def _with_comments(self, section: Section) -> tuple[int, int]:
        """The lines of a stanza, its own `auto` line, and the comments in the same paragraph."""
        lines = self.file.lines
        first, last = section.first, section.last
        above = first
        while above and (
            lines[above - 1].kind is LineKind.COMMENT
            or (
                lines[above - 1].kind is LineKind.AUTO
                and lines[above - 1].words[1:] == (section.name,)
            )
        ):
            above -= 1
        if above and lines[above - 1].kind is LineKind.BLANK:
            first = above  # what begins a file is about the whole of it
        below = last
        while below + 1 < len(lines) and lines[below + 1].kind is LineKind.COMMENT:
            below += 1
        if below + 1 == len(lines) or lines[below + 1].kind is LineKind.BLANK:
            last = below
        return first, last

    def _close_gap(self, first: int, last: int) -> None:
        """Of the blank lines around what was taken out, those on one side are enough."""
        lines = self.file.lines
        if first and lines[first - 1].kind is not LineKind.BLANK:
            return
        place = last + 1
        while place < len(lines) and lines[place].kind is LineKind.BLANK:
            self._raw[place] = None
            place += 1


def _keys(section: Section) -> Counter[str]:
    return Counter(item.key for item in items_of(section.options))


def _end_of(raw: str) -> str:
    return next((end for end in _ENDS if raw.endswith(end)), "")


def _indent_of(raw: str) -> str:
    return raw[: len(raw) - len(raw.lstrip(" \t"))]


def _with_value(raw: str, option: Option, end: str) -> str:
    """A line with another value; one that goes over several becomes one."""
    found = re.fullmatch(r"([ \t]*\S+[ \t]+)([^\r\n\\]*)([\r\n]*)", raw)
    if found is None:
        return f"{_indent_of(raw)}{option.key} {option.value}{_end_of(raw) or end}"
    return f"{found[1]}{option.value}{found[3]}"


def _in_style(old: Item, new: Item) -> tuple[Option, ...]:
    """The options of an item, an address with a netmask of its own where the old one had that."""
    if new.key != "address":
        return new.options
    masks = [option.value for option in old.options if option.key == "netmask"]
    address = ip_interface(new.meaning)
    if not masks:
        return (Option(key="address", value=str(address)),)
    # Of IPv6 a netmask is a number of bits, whatever stood there: interfaces(5).
    as_bits = masks[0].isdecimal() or address.version == 6
    mask = address.network.prefixlen if as_bits else address.netmask
    return (
        Option(key="address", value=str(address.ip)),
        Option(key="netmask", value=str(mask)),
    )
