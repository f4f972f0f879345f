"""Programs that an operator brings: what counts as one, and how it is written down."""

from __future__ import annotations

from typing import Final

PROGRAM_BYTES: Final = 2**20
"""The most that a program may have, as in the original."""

# A script with its interpreter, an ELF executable.
_HEADS = (b"#!", b"\x7fELF")


def is_program(data: bytes) -> bool:
    """Whether the kernel could run it, from its first bytes."""
    return data.startswith(_HEADS)


def text_or_hex(data: bytes) -> tuple[str, None] | tuple[None, str]:
    """The bytes as a text; of what is none, in hexadecimal digits."""
    try:
        return data.decode(), None
    except UnicodeDecodeError:
        return None, data.hex()


def bytes_of(text: str, digits: str | None) -> bytes:
    """The bytes again: those of the hexadecimal digits, if there are any."""
    return text.encode() if digits is None else bytes.fromhex(digits)
