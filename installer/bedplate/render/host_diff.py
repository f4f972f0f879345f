"""How files of a running host would differ after a change, as a unified diff for people.

Users and passwords in addresses are not shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bedplate.model.host_change import HostChange
from bedplate.model.repository import without_credentials
from bedplate.render.plan_files import NOTHING, diff


def render_diff(before: Mapping[str, str], change: HostChange) -> str:
    """What a change does to the texts of files; `before` has those that are there, by path."""
    return "".join(
        line
        for file in change.files
        if file.hex is None
        for line in _diff(file.path, before.get(file.path), file.content)
    )


def _diff(path: str, old: str | None, new: str | None) -> Iterator[str]:
    before = NOTHING if old is None else path
    after = NOTHING if new is None else path
    return diff(_lines(old), _lines(new), before, after)


def _lines(text: str | None) -> list[str]:
    return without_credentials(text or "").splitlines(keepends=True)
