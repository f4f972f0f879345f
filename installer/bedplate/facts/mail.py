"""What waits in Postfix's queue, and why, and what became of a mail that does not any more.

postqueue(1) has a line of JSON for each mail. What has left the queue is in the journal only.
"""

from __future__ import annotations

import json
import re

from bedplate.facts.tools import ask, senseless
from bedplate.model.health import Delivery, QueuedMail
from bedplate.run import Runner

_QUEUE = ("postqueue", "-j")
_MESSAGE = re.compile(r"(?P<id>\w+): message-id=(?P<message><.*>)")
_STATUS = re.compile(
    r"(?P<id>\w+): to=<(?P<to>[^>]*)>,.* status=(?P<status>\w+) \((?P<reason>.*)\)"
)


def parse_queue(text: str) -> tuple[QueuedMail, ...]:
    """The queue. Raises `FactsError` if it is nothing like one."""
    try:
        return tuple(_mail(line) for line in text.splitlines() if line.strip())
    except (ValueError, KeyError, TypeError) as error:
        raise senseless(_QUEUE, f"printed a mail without a usable {error}") from error


def probe_queue(run: Runner) -> tuple[QueuedMail, ...]:
    """The queue. Raises `MissingTool` if Postfix is not installed, `CommandError` if it is down."""
    return parse_queue(ask(run, _QUEUE).stdout)


def parse_deliveries(text: str, message_id: str) -> tuple[Delivery, ...]:
    """What Postfix logged of a mail, which has another queue id each time it is forwarded."""
    messages = [match for line in text.splitlines() if (match := _MESSAGE.fullmatch(line))]
    ids = {match["id"] for match in messages if match["message"] == message_id}
    tried = [match for line in text.splitlines() if (match := _STATUS.fullmatch(line))]
    return tuple(
        Delivery(to=match["to"], status=match["status"], reason=match["reason"])
        for match in tried
        if match["id"] in ids
    )


def probe_deliveries(run: Runner, message_id: str, since: float) -> tuple[Delivery, ...]:
    """What became of a mail since a time in seconds since 1970; nothing where no journal says."""
    ask(run, ("journalctl", "--sync"), check=False)  # its last lines, too
    argv = ("journalctl", "--facility=mail", "--output=cat", f"--since=@{int(since)}")
    return parse_deliveries(ask(run, argv, check=False).stdout, message_id)


def _mail(line: str) -> QueuedMail:
    entry = json.loads(line)
    return QueuedMail(
        queue_id=entry["queue_id"],
        queue=entry["queue_name"],
        reasons={one["address"]: one.get("delay_reason", "") for one in entry["recipients"]},
    )
