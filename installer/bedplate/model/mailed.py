"""The last mail about a host's health, so that nobody gets the same one every hour."""

from __future__ import annotations

import hashlib

from bedplate.model.diagnosis import Diagnosis
from bedplate.model.value import Value

MAILED = "/var/lib/bedplate/mailed.json"
"""Where a host keeps it for as long as something is to be mended."""


class Mailed(Value):
    """Which diagnosis was in it, and when it was sent, in seconds since 1970."""

    digest: str
    at: float


# Numbers for curves: nobody is to get a mail because a file on an ESP has another size.
_NO_NEWS = {"disks": {"__all__": {"esp_in_sync", "esp_free_bytes"}}}


def digest_of(found: Diagnosis) -> str:
    """What tells one diagnosis from another."""
    return hashlib.sha256(found.model_dump_json(exclude=_NO_NEWS).encode()).hexdigest()
