"""The operator's own programs among the steps of an installation."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from bedplate.model.hook import Hook, HookPoint
from bedplate.model.step import Phase, RunHook

_PHASES: dict[HookPoint, Phase] = {
    # Before the last look at the disks: what it changes on them is seen.
    "before-partitioning": Phase.CHECK,
    "after-partitioning": Phase.PARTITION,
    "before-unpack": Phase.STORAGE,
    "after-unpack": Phase.UNPACK,
    "before-final-check": Phase.FINISH,
}


def plan_hooks(hooks: tuple[Hook, ...], point: HookPoint) -> Iterator[RunHook]:
    """The steps of one point, in order."""
    for hook in hooks:
        if hook.point == point:
            yield RunHook(
                id=f"run-hook:{point}:{hook.name}",
                phase=_PHASES[point],
                summary=f"Run {hook.name}",
                point=point,
                name=hook.name,
                text=hook.text,
                hex=hook.hex,
                sha256=hashlib.sha256(hook.data()).hexdigest(),
                timeout_seconds=hook.timeout_seconds,
            )
