"""The rules for a filter: globs on the properties that udev knows of a disk or a card."""

from __future__ import annotations

from bedplate.config.findings import Findings
from bedplate.config.names import wrong_with_filter
from bedplate.model.invalid import key_path


def check_filter(where: str, given: dict[str, str] | None, findings: Findings) -> dict[str, str]:
    """A table of udev properties and globs; a given one must have something in it."""
    if given == {}:
        findings.problem("invalid-value", where, "no filter defined")
    for name, pattern in (given or {}).items():
        if wrong := wrong_with_filter(name, pattern):
            findings.problem("invalid-value", f"{where}.{key_path((name,))}", wrong)
    return dict(given or {})
