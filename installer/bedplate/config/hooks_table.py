"""The rules for `[hooks]`."""

from __future__ import annotations

from bedplate.config.findings import Findings
from bedplate.config.first_boot_table import wrong_with_script
from bedplate.config.hooks_schema import HooksTable
from bedplate.model.hook import HOOK_POINTS, HOOK_SECONDS, Hook


def check_hooks(table: HooksTable | None, findings: Findings) -> tuple[tuple[Hook, ...], int]:
    """The programs in the answer file, and the seconds that each one may take, wherever it is."""
    if table is None:
        return (), HOOK_SECONDS
    seconds = table.timeout or HOOK_SECONDS
    hooks: list[Hook] = []
    for point in HOOK_POINTS:
        texts = getattr(table, point.replace("-", "_"))
        for number, text in enumerate(texts):
            where = f"hooks.{point}[{number}]"
            if not findings.spoilt(where) and (wrong := wrong_with_script(text)):
                findings.problem("invalid-value", where, wrong)
            hooks.append(Hook(point=point, name=where, text=text, timeout_seconds=seconds))
    return tuple(hooks), seconds
