"""How a first boot went, for people."""

from __future__ import annotations

import pytest

from bedplate.model.first_boot import FirstBootOutcome
from bedplate.render.first_boot_text import render_outcome

AT = 1_700_000_000.0
WHEN = "2023-11-14 22:13:20 UTC"


@pytest.mark.parametrize(
    ("found", "text"),
    [
        (None, "This host has nothing to do at its first boot."),
        (
            FirstBootOutcome(state="done", attempts=1, done=("files", "program"), at=AT),
            f"First boot: done (1 attempt, {WHEN}).\nDone: files, program.",
        ),
        (
            FirstBootOutcome(state="failed", attempts=2, said="it broke", at=AT),
            f"First boot: failed; tried again at the next start (2 attempts, {WHEN}).\nit broke\n"
            "All that the program said is in /var/lib/bedplate/first-boot/log.",
        ),
        (
            FirstBootOutcome(state="given-up", attempts=3, done=("files",), said="no", at=AT),
            f"First boot: failed, and not tried again (3 attempts, {WHEN}).\nDone: files.\nno\n"
            "All that the program said is in /var/lib/bedplate/first-boot/log.",
        ),
        (FirstBootOutcome(state="waiting"), "First boot: has not begun."),
        (
            FirstBootOutcome(state="unreadable", said="no JSON"),
            "First boot: not known how it went.\nno JSON",
        ),
        (
            FirstBootOutcome(state="done", attempts=1, began=AT - 61.4, at=AT),
            f"First boot: done (1 attempt, {WHEN}, the last took 61 s).",
        ),
        (
            FirstBootOutcome(state="running", attempts=1, at=AT),
            f"First boot: under way, or broken off (1 attempt, {WHEN}).",
        ),
    ],
)
def test_an_outcome(found: FirstBootOutcome | None, text: str) -> None:
    assert render_outcome(found) == text
