"""A file of interfaces(5) as ifupdown2 reads it, line by line, with nothing of it lost.

It knows which lines are stanzas, and what those say; every other line is kept for what it is. It
does not know what an option means, nor what a template makes of a line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from enum import StrEnum
from functools import cached_property

from bedplate.model.interfaces import Family, Option, Stanza
from bedplate.model.value import Value


class LineKind(StrEnum):
    """What ifupdown2 takes a line for."""

    BLANK = "blank"
    COMMENT = "comment"
    AUTO = "auto"
    ALLOW = "allow"
    SOURCE = "source"
    IFACE = "iface"
    OPTION = "option"
    TEMPLATE = "template"
    OTHER = "other"


class Line(Value):
    """A line with those that continue it. `raw` is how the file has it, with its end.

    `text` is what ifupdown2 makes of it. A `templated` one is inside something of a template.
    """

    raw: str
    text: str
    kind: LineKind = LineKind.OTHER
    templated: bool = False

    @property
    def words(self) -> tuple[str, ...]:
        """What is between white space."""
        return tuple(self.text.split())


class PlacedOption(Value):
    """An option and the number of its line. `key` is written with dashes, as ifupdown2 has it."""

    key: str
    value: str
    line: int

    @property
    def option(self) -> Option:
        """The option alone."""
        return Option(key=self.key, value=self.value)


class Section(Value):
    """A stanza of a file, from the line `first`; the last line that says something is `last`.

    ifupdown2 does without `family` and `method`. A `fixed` one is made by a template, or stands
    for several interfaces at once.
    """

    name: str
    family: Family | None
    method: str | None
    options: tuple[PlacedOption, ...]
    first: int
    last: int
    fixed: bool = False

    def values(self, key: str) -> tuple[str, ...]:
        """What is said with an option, which may be there several times."""
        return tuple(option.value for option in self.options if option.key == key)


class InterfacesFile(Value):
    """A file: its lines, and the stanzas in them."""

    path: str
    lines: tuple[Line, ...]
    sections: tuple[Section, ...]

    @property
    def text(self) -> str:
        """The file as it was read."""
        return "".join(line.raw for line in self.lines)

    @cached_property
    def auto(self) -> frozenset[str]:
        """The interfaces of `auto` lines; `all` means every one."""
        lines = (line for line in self.lines if line.kind is LineKind.AUTO)
        return frozenset(name for line in lines for word in line.words[1:] for name in spread(word))

    @property
    def sources(self) -> tuple[str, ...]:
        """The patterns of `source` lines."""
        lines = (line for line in self.lines if line.kind is LineKind.SOURCE)
        return tuple(line.words[1] for line in lines if len(line.words) > 1)

    def starts(self, name: str) -> bool:
        """Whether an interface comes up with the host."""
        return name in self.auto or "all" in self.auto

    def sections_of(self, name: str) -> tuple[Section, ...]:
        """The stanzas of an interface that are its alone."""
        return tuple(s for s in self.sections if s.name == name and not s.fixed)

    def stanzas(self) -> tuple[Stanza, ...]:
        """What the file says of single interfaces, where families and methods are given."""
        return tuple(
            Stanza(
                name=section.name,
                family=section.family,
                method=section.method,
                auto=self.starts(section.name),
                options=tuple(placed.option for placed in section.options),
            )
            for section in self.sections
            if section.family is not None and section.method is not None and not section.fixed
        )


def parse_interfaces(text: str, path: str = "/etc/network/interfaces") -> InterfacesFile:
    """Read a file. Every text is one: what is not understood are lines of the kind `other`."""
    lines = tuple(_Reader("%" in text).read(text))
    return InterfacesFile(path=path, lines=lines, sections=tuple(_sections(lines)))


def spread(word: str) -> tuple[str, ...]:
    """The interfaces of a name such as `swp[1-4]`, or the one of an ordinary name."""
    found = _RANGE.fullmatch(word)
    if found is None:
        return (word,)
    head, first, last, tail = found.groups()
    numbers = range(int(first), min(int(last), int(first) + _LARGEST_RANGE) + 1)
    return tuple(f"{head}{number}{tail}" for number in numbers)


_RANGE = re.compile(r"([\w.]+)\[(\d+)-(\d+)\]([.\w]*)")
_LARGEST_RANGE = 4096
# Python's text files, in which ifupdown2 reads, end lines like this and no other way.
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")
_FAMILIES: dict[str, Family] = {"inet": "inet", "inet6": "inet6"}
_TEMPLATE_BEGINS = ("for", "if", "while", "try", "with")
# Those of the older ifupdown among them: for ifupdown2 their lines are none, or options that have
# no effect. Either way they are nothing of the stanza above them.
_KEYWORDS = {
    "auto": LineKind.AUTO,
    "source": LineKind.SOURCE,
    "iface": LineKind.IFACE,
    "vlan": LineKind.OTHER,
    "mapping": LineKind.OTHER,
    "source-directory": LineKind.OTHER,
    "no-auto-down": LineKind.OTHER,
    "no-scripts": LineKind.OTHER,
    "rename": LineKind.OTHER,
    "template": LineKind.OTHER,
}


class _Reader:
    """Goes through the lines, and knows where it is."""

    def __init__(self, may_have_templates: bool) -> None:
        self._may_have_templates = may_have_templates
        self._depth = 0
        self._in_block = False
        self._in_stanza = False

    def read(self, text: str) -> Iterator[Line]:
        for raw in _with_continuations(_LINE.findall(text)):
            line = " ".join(part.strip() for part in raw.split("\\")).strip()
            templated = self._depth > 0 or self._in_block
            kind = self._kind(line)
            # The lines that begin and end something of a template are part of it.
            templated = templated or self._depth > 0 or kind is LineKind.TEMPLATE
            if self._may_have_templates and ("${" in line or "<%" in line):
                templated = True
            yield Line(raw=raw, text=line, kind=kind, templated=templated)

    def _kind(self, line: str) -> LineKind:
        if self._may_have_templates and self._is_template(line):
            return LineKind.TEMPLATE
        if not line:
            return LineKind.BLANK
        if line.startswith("#"):
            return LineKind.COMMENT
        word, *rest = line.split()
        if word == "allow" or word.startswith("allow-"):
            self._in_stanza = False
            return LineKind.ALLOW
        if word in _KEYWORDS:
            self._in_stanza = word == "iface" and bool(rest)
            return _KEYWORDS[word] if rest else LineKind.OTHER
        return LineKind.OPTION if self._in_stanza and rest else LineKind.OTHER

    def _is_template(self, line: str) -> bool:
        """Whether a line is one of mako's own; `%%` is not."""
        if self._in_block:
            self._in_block = "%>" not in line
            return True
        if line.startswith("<%"):
            self._in_block = "%>" not in line
            self._depth += _opens_tag(line)
            return True
        if line.startswith("</%"):
            self._depth = max(0, self._depth - 1)
            return True
        if not line.startswith("%") or line.startswith("%%"):
            return False
        word = line[1:].strip().partition(" ")[0].rstrip(":")
        if word in _TEMPLATE_BEGINS:
            self._depth += 1
        elif word.startswith("end"):
            self._depth = max(0, self._depth - 1)
        return True


def _opens_tag(line: str) -> int:
    """1 for `<%def name="…">`, whose end is `</%def>`; 0 for `<% code %>` and `<%include …/>`."""
    return int(bool(re.match(r"<%\w", line)) and "/>" not in line and "</%" not in line)


def _with_continuations(lines: Iterable[str]) -> Iterator[str]:
    """Lines, each with those that a backslash ties to it.

    ifupdown2 puts a blank for every backslash and all white space around it, line ends included.
    """
    whole: list[str] = []
    blank: list[str] = []  # lines after it, of which is not known yet whether they are part of it
    for line in lines:
        content = line.strip()
        if not whole:
            whole = [line]
            continue
        if not content:
            blank.append(line)
            continue
        if whole[-1].rstrip().endswith("\\") or content.startswith("\\"):
            whole += [*blank, line]
        else:
            yield "".join(whole)
            yield from blank
            whole = [line]
        blank = []
    if whole:
        yield "".join(whole)
    yield from blank


def _sections(lines: tuple[Line, ...]) -> Iterator[Section]:
    start: int | None = None
    options: list[PlacedOption] = []
    for number, line in enumerate(lines):
        if line.kind is LineKind.OPTION and start is not None:
            key, value = line.text.split(None, 1)
            options.append(PlacedOption(key=key.replace("_", "-"), value=value, line=number))
        elif line.kind not in (LineKind.BLANK, LineKind.COMMENT, LineKind.TEMPLATE):
            if line.kind is LineKind.OTHER and start is not None and len(line.words) == 1:
                continue  # an option without a value, which ifupdown2 passes over
            if start is not None:
                yield _section(lines, start, options)
            start, options = (number, []) if line.kind is LineKind.IFACE else (None, [])
    if start is not None:
        yield _section(lines, start, options)


def _section(lines: tuple[Line, ...], start: int, options: list[PlacedOption]) -> Section:
    _, name, *rest = lines[start].words
    last = options[-1].line if options else start
    return Section(
        name=name,
        family=_FAMILIES.get(rest[0]) if rest else None,
        method=rest[1] if len(rest) > 1 else None,
        options=tuple(options),
        first=start,
        last=last,
        fixed="[" in name or any(line.templated for line in lines[start : last + 1]),
    )
