"""What people and programs read about a change of the network."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from difflib import unified_diff

from bedplate.model.network_files import INTERFACES, NetworkChange
from bedplate.model.network_trial import NetworkTrial

_NO_END = "\\ No newline at end of file\n"


def render_diff(change: NetworkChange) -> str:
    """The difference of the file, as diff(1) would show it; empty if there is none."""
    lines = unified_diff(
        change.before.splitlines(keepends=True),
        change.after.splitlines(keepends=True),
        INTERFACES,
        f"{INTERFACES} (new)",
    )
    return "".join(line if line.endswith("\n") else f"{line}\n{_NO_END}" for line in lines)


def render_network_change(change: NetworkChange) -> str:
    """The whole change for people."""
    return "".join(_lines(change))


def render_network_json(change: NetworkChange, trial: NetworkTrial | None) -> str:
    """The public form; see docs/network.md."""
    content = {
        "version": 1,
        "path": INTERFACES,
        "differs": not change.is_nothing,
        "diff": render_diff(change),
        "content": change.after,
        "interfaces": [one.model_dump() for one in change.interfaces],
        "problems": [asdict(problem) for problem in change.problems],
        "on_trial": trial is not None,
    }
    return json.dumps(content, indent=2, ensure_ascii=False)


def _lines(change: NetworkChange) -> Iterator[str]:
    if change.is_nothing:
        yield f"{INTERFACES} says already what it is to say: nothing to do.\n"
        return
    yield render_diff(change)
    for one in change.interfaces:
        yield f"{one.change:<8} {one.name}\n"
