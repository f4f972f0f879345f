"""The rules for `[hooks]`."""

from __future__ import annotations

from collections.abc import Iterator

from bedplate.config.findings import Findings
from bedplate.config.first_boot_table import wrong_with_script
from bedplate.config.hooks_schema import HooksTable
from bedplate.model.hook import HOOK_POINTS, HOOK_SECONDS, Hook, HookPoint


def check_hooks(table: HooksTable | None, findings: Findings) -> tuple[tuple[Hook, ...], int]:
    """The programs in the answer file, and the seconds that each one may take, wherever it is."""
    if table is None:
        return (), HOOK_SECONDS
    seconds = table.timeout or HOOK_SECONDS
    hooks: list[Hook] = []
    for point in HOOK_POINTS:
        for where, text in _texts(table, point):
            if not findings.spoilt(where) and (wrong := wrong_with_script(text)):
                findings.problem("invalid-value", where, wrong)
            hooks.append(Hook(point=point, name=where, text=text, timeout_seconds=seconds))
    return tuple(hooks), seconds


def _texts(table: HooksTable, point: HookPoint) -> Iterator[tuple[str, str]]:
    """The programs of a point, each with its key path."""
    stated: str | list[str] = getattr(table, point.replace("-", "_"))
    if isinstance(stated, str):
        yield f"hooks.{point}", stated
    else:
        yield from ((f"hooks.{point}[{number}]", text) for number, text in enumerate(stated))
