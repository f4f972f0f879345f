"""The command that labels an ESP, as it is run and as a script shows it."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

Place = TypeVar("Place", Path, str)


def label_esp(place: Place, label: str) -> list[str | Place]:
    """Change the volume label of a FAT file system that is not mounted. fatlabel(8)."""
    return ["fatlabel", place, label]
