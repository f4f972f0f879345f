"""How what settings are about does on a running host: its clock, its mail, its ARC."""

from __future__ import annotations

from bedplate.model.value import Value


class Clock(Value):
    """Whether the clock follows a time server, and which one is asked."""

    synchronized: bool
    server: str | None = None
    address: str | None = None


class Delivery(Value):
    """What became of a mail for one recipient, in Postfix's word and with the reason it gives."""

    to: str
    status: str
    reason: str


class QueuedMail(Value):
    """A mail that is still to be delivered; `reasons` say by recipient why it is not yet."""

    queue_id: str
    queue: str
    reasons: dict[str, str]
