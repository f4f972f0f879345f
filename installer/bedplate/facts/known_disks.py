"""The boot disks that this host was given, by the installation or by replacements since."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from bedplate.model.known_disk import KNOWN_DISKS, KnownDisk, KnownDisks
from bedplate.model.plan import RECORD


def probe_known_disks(root: Path = Path("/")) -> tuple[KnownDisk, ...]:
    """The boot disks of this host; none where something else installed it.

    They only make messages better, so a file that cannot be understood is as good as none.
    """
    try:
        return KnownDisks.model_validate_json(_read(root, KNOWN_DISKS)).root
    except (OSError, ValidationError):
        pass
    try:
        return _planned(json.loads(_read(root, RECORD)))
    except (OSError, ValueError, LookupError, TypeError):
        return ()


def _planned(plan: Any) -> tuple[KnownDisk, ...]:
    """Those of an installation's plan, of this version of the program or of another."""
    fat_ids = {s["disk"]: s["fat_id"] for s in plan["steps"] if s["kind"] == "format-esp"}
    return tuple(
        KnownDisk(
            id=disk["id"],
            title=_title(found, disk["id"]),
            fat_id=fat_ids.get(disk["id"]),
            place=_place(found),
        )
        for disk, found in zip(plan["disks"], plan["made_for"], strict=True)
    )


def _title(found: Any, name: str) -> str:
    serial = found.get("serial")
    words = (found.get("model"), f"serial {serial}" if serial else None)
    return ", ".join(word for word in words if word) or name


def _place(found: Any) -> str | None:
    slot = found.get("slot")
    return f"slot {slot}" if slot is not None else found.get("bus_path")


def _read(root: Path, path: str) -> str:
    return (root / path.lstrip("/")).read_text()
