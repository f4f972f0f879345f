"""/etc/pve/storage.cfg: a section for each storage."""

from __future__ import annotations

from collections.abc import Iterable

from bedplate.model.storage_entry import StorageEntry
from bedplate.render.sections import render_section, with_sections


def render_storage_cfg(entries: Iterable[StorageEntry]) -> str:
    """The whole text of a new file."""
    return "\n".join(map(_section, entries))


def with_entries(text: str, entries: Iterable[StorageEntry]) -> str:
    """The text with sections for these storages behind those that it has."""
    return with_sections(text, map(_section, entries))


def _section(entry: StorageEntry) -> str:
    return render_section(entry.kind, entry.name, entry.options)
