"""A change of a running host as a unified diff of its files, and the commands around them."""

from __future__ import annotations

from collections.abc import Mapping

from bedplate.model.host_change import HostChange, HostFile
from bedplate.render.host_change_text import render_programs
from bedplate.render.plan_files import NOTHING, diff


def render_settings_diff(
    change: HostChange, texts: Mapping[str, str], links: Mapping[str, str]
) -> str:
    """What is different, file by file; of one that holds a secret, only what may be seen."""
    parts = [_file(file, texts, links) for file in change.files]
    programs = "".join(f"{line}\n" for line in render_programs(change))
    return "\n".join([*parts, *([programs] if programs else [])])


def _file(file: HostFile, texts: Mapping[str, str], links: Mapping[str, str]) -> str:
    old, new = _lines(texts.get(file.path), links.get(file.path)), _lines(file.content, file.link)
    before = file.path if old else NOTHING
    after = file.path if new else NOTHING
    return f"{file.path}: {_fate(file, bool(old))}\n" + "".join(diff(old, new, before, after))


def _fate(file: HostFile, is_there: bool) -> str:
    if file.goes:
        return "removed"
    mode = "link" if file.link is not None else "" if file.mode is None else f"mode {file.mode:04o}"
    holds = "" if file.secret is None else f"with the secret {file.secret}"
    fate = "changed" if is_there or file.secret is not None else "new"
    return ", ".join(filter(None, (fate, mode, holds)))


def _lines(text: str | None, link: str | None) -> list[str]:
    shown = text if link is None else f"-> {link}\n"
    return [] if shown is None else shown.splitlines(keepends=True)
