"""Whether something may be mounted at a place: what is there would be hidden by it.

What is mounted is asked of the first process, whose mounts are those of the host: our own may be
private.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from bedplate.facts.mounts import probe_mounts
from bedplate.model.mountinfo import Mount

_FIRST: Final = "1"  # the process that sees the host as it is


def probe_places(paths: Iterable[str], root: Path = Path("/")) -> dict[str, str]:
    """Why nothing may be mounted there, for each of the paths of which that is so."""
    mounts = probe_mounts(root, _FIRST)
    found = ((path, _against(root / path.lstrip("/"), path, mounts)) for path in paths)
    return {path: why for path, why in found if why}


def probe_mounted(root: Path = Path("/")) -> frozenset[str]:
    """Every place of the host where something is mounted."""
    return frozenset(mount.target for mount in probe_mounts(root, _FIRST))


def _against(place: Path, path: str, mounts: Iterable[Mount]) -> str:
    for mount in mounts:
        if mount.target == path:
            return f"has {mount.source} mounted on it"
    if not place.exists():
        return ""
    if not place.is_dir():
        return "is no directory"
    return "is not empty" if any(place.iterdir()) else ""
