"""How a host's first boot went, for people."""

from __future__ import annotations

from datetime import UTC, datetime

from bedplate.model.first_boot import LOG, FirstBootOutcome

_STATES = {
    "waiting": "has not begun",
    "unreadable": "not known how it went",
    "running": "under way, or broken off",
    "done": "done",
    "failed": "failed; tried again at the next start",
    "given-up": "failed, and not tried again",
}


def render_outcome(found: FirstBootOutcome | None) -> str:
    """State, attempts and time in a line; below it what went wrong."""
    if found is None:
        return "This host has nothing to do at its first boot."
    done = f"\nDone: {', '.join(found.done)}." if found.done else ""
    said = f"\n{found.said}" if found.said else ""
    if said and found.state != "unreadable":
        said += f"\nAll that the program said is in {LOG}."
    return describe_outcome(found) + done + said


def describe_outcome(found: FirstBootOutcome) -> str:
    """State, and attempts and time if there were any."""
    if found.attempts == 0:
        return f"First boot: {_STATES[found.state]}."
    times = "attempt" if found.attempts == 1 else "attempts"
    when = datetime.fromtimestamp(found.at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    took = round(found.at - found.began) if found.began else 0
    lasting = f", the last took {took} s" if took and found.state != "running" else ""
    return f"First boot: {_STATES[found.state]} ({found.attempts} {times}, {when}{lasting})."
