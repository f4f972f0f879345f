"""Whether what a host is set up with is in effect: what is to be mended, as far as can be seen."""

from __future__ import annotations

from collections.abc import Iterator

from bedplate.errors import Problem
from bedplate.model.health import Clock, QueuedMail
from bedplate.model.settings import ZFS_OPTIONS
from bedplate.plan.arc import ARC_MAX, ARC_MIN


def check_clock(clock: Clock) -> Iterator[Problem]:
    """A clock that nobody sets drifts by seconds a day."""
    if clock.synchronized:
        return
    if clock.server is None:
        message = "is not synchronised, and no time server has been found"
        hint = "name one that this host can reach in time.servers"
    else:
        message = f"is not synchronised: {clock.server} ({clock.address}) has not answered yet"
        hint = "see `timedatectl timesync-status` and `journalctl -u systemd-timesyncd`"
    yield Problem("clock-not-synchronised", "time", message, hint)


def check_queue(queue: tuple[QueuedMail, ...]) -> Iterator[Problem]:
    """Mail that was tried and not taken."""
    for mail in queue:
        for address, reason in mail.reasons.items():
            if reason:
                message = f"to {address} waits in the queue: {reason}"
                hint = "it is tried again by itself; `postqueue -f` does so at once"
                yield Problem("mail-waits", f"mail {mail.queue_id}", message, hint)


def check_arc(stated: dict[str, str], running: dict[str, str]) -> Iterator[Problem]:
    """Limits of the ARC that a file states, and the kernel that runs does not keep."""
    for name in (ARC_MAX, ARC_MIN):
        if name in stated and name in running and stated[name] != running[name]:
            message = f"is {running[name]} now, but {ZFS_OPTIONS} says {stated[name]}"
            hint = "it is in effect after the next start, or with `bedplate config apply`"
            yield Problem("arc-not-in-effect", name, message, hint)
