"""What waits in Postfix's queue, and why: postqueue(1) has a line of JSON for each mail."""

from __future__ import annotations

import json

from bedplate.facts.tools import ask, senseless
from bedplate.model.health import QueuedMail
from bedplate.run import Runner

_QUEUE = ("postqueue", "-j")


def parse_queue(text: str) -> tuple[QueuedMail, ...]:
    """The queue. Raises `FactsError` if it is nothing like one."""
    try:
        return tuple(_mail(line) for line in text.splitlines() if line.strip())
    except (ValueError, KeyError, TypeError) as error:
        raise senseless(_QUEUE, f"printed a mail without a usable {error}") from error


def probe_queue(run: Runner) -> tuple[QueuedMail, ...]:
    """The queue. Raises `MissingTool` if Postfix is not installed, `CommandError` if it is down."""
    return parse_queue(ask(run, _QUEUE).stdout)


def _mail(line: str) -> QueuedMail:
    entry = json.loads(line)
    return QueuedMail(
        queue_id=entry["queue_id"],
        queue=entry["queue_name"],
        reasons={one["address"]: one.get("delay_reason", "") for one in entry["recipients"]},
    )
