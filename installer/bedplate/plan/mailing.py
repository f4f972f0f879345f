"""Whether a mail about a host's health is due."""

from __future__ import annotations

from bedplate.model.diagnosis import Diagnosis
from bedplate.model.mailed import Mailed, digest_of

# A little less than a day: who looks every hour is not to skip one.
_AGAIN_SECONDS = 23.5 * 3600


def is_due(found: Diagnosis, before: Mailed | None, now: float) -> bool:
    """Whether to send one, after the last that was sent about something to be mended.

    One is sent at once for what is new, every day for what stays, and once when all is well again.
    `now` is in seconds since 1970; a clock that was set back sends one too many.
    """
    if found.is_well:
        return before is not None
    if before is None or before.digest != digest_of(found):
        return True
    return not 0 <= now - before.at < _AGAIN_SECONDS
