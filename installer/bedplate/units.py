"""Bytes, sectors and alignment, in whole numbers only.

Every size in the program is an `int` of bytes unless its name says otherwise. There are no floats:
a value that comes as one (GiB in an answer file) is turned into bytes at the border.
"""

from __future__ import annotations

import re
from decimal import Decimal

KIB = 1024
MIB = 1024 * KIB
GIB = 1024 * MIB
TIB = 1024 * GIB

_SUFFIXES = {"": 1, "K": KIB, "M": MIB, "G": GIB, "T": TIB}
_ZFS_SIZE = re.compile(r"(\d+)([KMGTPE]?)(?:i?B)?", re.IGNORECASE)
_ZFS_UNITS = "KMGTPE"
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?", re.IGNORECASE)


def align_down(value: int, step: int) -> int:
    """The largest multiple of `step` that is not above `value`."""
    assert step > 0
    assert value >= 0, f"{value} is negative: a subtraction went wrong before this"
    return value - value % step


def align_up(value: int, step: int) -> int:
    """The smallest multiple of `step` that is not below `value`."""
    return align_down(value + step - 1, step)


def parse_size(text: str) -> int:
    """Bytes meant by a size such as `16G`, `512 MiB` or `1.5T` (powers of 1024).

    Raises `ValueError` with a sentence for the operator.
    """
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is not a size such as 16G or 512M")
    return int(Decimal(match[1]) * _SUFFIXES[match[2].upper()])


def zfs_size(text: str) -> int | None:
    """Bytes of a size as ZFS reads it (`128K`, `1M`), `None` if it is none or not whole."""
    match = _ZFS_SIZE.fullmatch(text)
    if match is None:
        return None
    exponent = _ZFS_UNITS.find(match[2].upper()) + 1 if match[2] else 0
    return int(match[1]) << (10 * exponent)


def gib_to_bytes(gib: float) -> int:
    """Bytes of a size in GiB as an answer file gives it; fractions end at a whole KiB."""
    return int(Decimal(str(gib)) * (GIB // KIB)) * KIB


def human(size_bytes: int) -> str:
    """A size for people, at most one decimal: `512 MiB`, `15.5 GiB`."""
    for name, unit in (("TiB", TIB), ("GiB", GIB), ("MiB", MIB), ("KiB", KIB)):
        if abs(size_bytes) >= unit:
            tenths = round(size_bytes * 10 / unit)
            whole, tenth = divmod(tenths, 10)
            return f"{whole}.{tenth} {name}" if tenth else f"{whole} {name}"
    return f"{size_bytes} B"
