"""Globs on udev properties, by which answer files choose disks and network cards."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase


def fits(properties: Mapping[str, str], key: str, glob: str) -> bool:
    """Whether a property is there and like the glob; one that is not there fits no glob."""
    return key in properties and fnmatchcase(properties[key], glob)


def shown_globs(globs: Mapping[str, str]) -> str:
    """Globs on properties as a person reads them: `ID_BUS='ata', ID_MODEL='S*'`."""
    return ", ".join(f"{key}={glob!r}" for key, glob in globs.items())
