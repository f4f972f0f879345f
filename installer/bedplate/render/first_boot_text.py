"""How a host's first boot went, for people."""

from __future__ import annotations

from datetime import UTC, datetime

from bedplate.model.first_boot import LOG, FirstBootOutcome

_STATES = {
    "running": "under way, or broken off",
    "done": "done",
    "failed": "failed; tried again at the next start",
    "given-up": "failed, and not tried again",
}


def render_outcome(found: FirstBootOutcome | None) -> str:
    """State, attempts and time in a line; below it what went wrong."""
    if found is None:
        return "This host has not begun anything for its first boot."
    done = f"\nDone: {', '.join(found.done)}." if found.done else ""
    said = f"\n{found.said}\nAll that the program said is in {LOG}." if found.said else ""
    return describe_outcome(found) + done + said


def describe_outcome(found: FirstBootOutcome) -> str:
    """State, attempts and time."""
    times = "attempt" if found.attempts == 1 else "attempts"
    when = datetime.fromtimestamp(found.at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    return f"First boot: {_STATES[found.state]} ({found.attempts} {times}, {when})."
