"""/etc/pve/storage.cfg: sections of a kind and a name, their options indented below.

What other hands wrote there stays as it is, comments included. A section is told from another by
its name alone, as in the original.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bedplate.model.storage_entry import StorageEntry

_HEAD = re.compile(r"(?P<kind>[a-z][a-z0-9]*):[ \t]*(?P<name>\S+)[ \t]*")


@dataclass(frozen=True, slots=True)
class Section:
    """A section that is there already."""

    kind: str
    name: str
    options: Mapping[str, str]


def render_storage_cfg(entries: Iterable[StorageEntry]) -> str:
    """The whole text of a new file."""
    return "\n".join(map(_section, entries))


def with_entries(text: str, entries: Iterable[StorageEntry]) -> str:
    """The text with sections for these storages behind those that it has."""
    before = text.rstrip("\n")
    return "\n".join((f"{before}\n" if before else "", *map(_section, entries))).lstrip("\n")


def sections_in(text: str) -> tuple[Section, ...]:
    """The sections of a text, in order."""
    found: list[tuple[str, str, dict[str, str]]] = []
    for line in text.splitlines():
        if (head := _HEAD.fullmatch(line)) is not None:
            found.append((head["kind"], head["name"], {}))
        elif found and line[:1] in (" ", "\t") and line.strip():
            key, _, value = line.strip().partition(" ")
            found[-1][2][key] = value.strip()
    return tuple(Section(*one) for one in found)


def _section(entry: StorageEntry) -> str:
    options = (f"\t{key} {value}".rstrip() for key, value in entry.options)
    return "\n".join((f"{entry.kind}: {entry.name}", *options, ""))
