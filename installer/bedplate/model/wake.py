"""The packet that switches a computer on: six bytes FF, then sixteen times the card's address."""

from __future__ import annotations

BROADCAST = "255.255.255.255"
# The manual's, and everybody's: discard, where nobody answers.
PORT = 9
_TIMES = 16


def magic_packet(mac: str) -> bytes:
    """The packet for a MAC address, written with colons."""
    return b"\xff" * 6 + bytes.fromhex(mac.replace(":", "")) * _TIMES
