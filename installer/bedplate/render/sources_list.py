"""/etc/apt/sources.list of a new host in one-line format, as the manual has it."""

from __future__ import annotations

from collections.abc import Iterable

from bedplate.model.repository import Entry, Format
from bedplate.render.sources import render_entry

MAIN_FILES = ("debian", "proxmox")
"""What the manual has in this file, by the stem that it would have in one of its own."""

_ORDER = ("debian", "debian-updates", "debian-backports", "pve-no-subscription", "debian-security")
_COMMENTS = {
    "pve-no-subscription": (
        "# PVE pve-no-subscription repository provided by proxmox.com,\n"
        "# NOT recommended for production use\n"
    ),
    "debian-security": "# security updates\n",
}


def render_main_list(named: Iterable[tuple[str, Entry]]) -> str:
    """The file with these repositories, each by its name."""
    lines = ""
    for name, entry in sorted(named, key=lambda pair: _ORDER.index(pair[0])):
        if comment := _COMMENTS.get(name):
            lines += f"\n{comment}" if lines else comment
        lines += render_entry(entry, Format.ONE_LINE)
    return lines
