"""Files of sections with a kind and a name, their options indented below, such as storage.cfg.

What other hands wrote there stays as it is, comments included. A section is told from another by
its name alone, as in the original.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

_HEAD = re.compile(r"(?P<kind>[a-z][a-z0-9]*):[ \t]*(?P<name>\S+)[ \t]*")

Options = Iterable[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Section:
    """A section that is there already."""

    kind: str
    name: str
    options: Mapping[str, str]


def sections_in(text: str) -> tuple[Section, ...]:
    """The sections of a text, in order."""
    found: list[tuple[str, str, dict[str, str]]] = []
    for line in text.splitlines():
        if (head := _HEAD.fullmatch(line)) is not None:
            found.append((head["kind"], head["name"], {}))
        elif found and (option := _option(line)) is not None:
            found[-1][2][option[0]] = option[1]
    return tuple(Section(*one) for one in found)


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
    lines = text.splitlines(keepends=True)
    heads = [number for number, line in enumerate(lines) if _HEAD.fullmatch(line.rstrip("\n"))]
    start = next(n for n in heads if _name_at(lines[n]) == name)
    end = next((n for n in heads if n > start), len(lines))
    last = start
    for number in range(start + 1, end):
        option = _option(lines[number].rstrip("\n"))
        if option is None:
            continue
        last = number
        key, value = option
        if wanted.get(key, value) != value:
            lines[number] = f"\t{key} {wanted[key]}\n"
        wanted.pop(key, None)
    if wanted and not lines[last].endswith("\n"):
        lines[last] += "\n"
    lines[last + 1 : last + 1] = [f"\t{key} {value}\n" for key, value in wanted.items()]
    return "".join(lines)


def _option(line: str) -> tuple[str, str] | None:
    if line[:1] not in (" ", "\t") or not line.strip() or line.lstrip().startswith("#"):
        return None
    key, _, value = line.strip().partition(" ")
    return key, value.strip()


def _name_at(line: str) -> str:
    head = _HEAD.fullmatch(line.rstrip("\n"))
    assert head is not None
    return head["name"]
