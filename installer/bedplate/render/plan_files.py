"""The files of a plan as one unified diff: against the base system, or against nothing.

Links are shown as the text `-> target`. What is on an ESP is new there, and the same on all of them
is shown once.
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import unified_diff

from bedplate.model.manifest import BaseFile
from bedplate.model.plan import FilePlan, Plan
from bedplate.model.step import EspText, FillEsp
from bedplate.units import human

NOTHING = "/dev/null"
_BASE = "base system"


def render_files(plan: Plan) -> str:
    """Every file that is written, as a text that patch(1) would understand but for links."""
    texts = {text: None for step in plan.steps if isinstance(step, FillEsp) for text in step.texts}
    parts = [_file(file) for file in plan.files] + [_esp_text(text) for text in texts]
    return "\n".join(parts)


def _file(file: FilePlan) -> str:
    if file.hex is not None:
        size = human(len(file.data()))
        return f"{_head(file)}Binary file {file.path}: {size}, in hexadecimal {file.hex}\n"
    old, new = _shown(file.replaces), _shown(BaseFile(content=file.content, link=file.link))
    before = NOTHING if file.replaces is None else f"{file.path} ({_BASE})"
    return _head(file) + "".join(diff(old, new, before, file.path))


def _head(file: FilePlan) -> str:
    kind = "link" if file.link is not None else f"mode {file.mode:04o}"
    return f"{file.path}: {fate(file)}, {kind}\n"


def fate(file: FilePlan) -> str:
    """What becomes of the base system's file, in a word."""
    if file.replaces is None:
        return "new"
    meant = BaseFile(content=file.content, link=file.link)
    return "same" if file.hex is None and file.replaces == meant else "replaced"


def _esp_text(text: EspText) -> str:
    path = f"ESP:/{text.path}"
    return f"{path}: new\n" + "".join(diff([], text.content.splitlines(True), NOTHING, path))


def _shown(file: BaseFile | None) -> list[str]:
    if file is None:
        return []
    text = file.content if file.link is None else f"-> {file.link}\n"
    return text.splitlines(keepends=True)


def diff(old: list[str], new: list[str], before: str, after: str) -> Iterator[str]:
    """The lines of a unified diff, also of texts that do not end with a line break."""
    for line in unified_diff(old, new, before, after):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
