"""What the device-mapper target log-writes has written down: every write to a device, in order.

The format is that of the kernel's drivers/md/dm-log-writes.c: a superblock in the first sector,
then a sector for each entry, followed by what was written.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

_MAGIC = 0x6A736677736872
_SUPER = struct.Struct("<QQQI")
_ENTRY = struct.Struct("<QQQQ")
_DISCARD, _MARK = 1 << 2, 1 << 3


@dataclass(frozen=True, slots=True)
class Write:
    """Bytes and where on the device they went."""

    offset: int
    data: bytes


def read_log(log: BinaryIO) -> Iterator[Write]:
    """The writes of a log device; what was discarded reads as zeros, and flushes are left out."""
    magic, version, entries, sector = _SUPER.unpack(log.read(_SUPER.size))
    assert (magic, version) == (_MAGIC, 1), "not a log of writes"
    place = sector
    for _ in range(entries):
        log.seek(place)
        first, count, flags, _length = _ENTRY.unpack(log.read(_ENTRY.size))
        place += sector
        if flags & _MARK or not count:
            continue
        if flags & _DISCARD:
            yield Write(first * sector, bytes(count * sector))
            continue
        log.seek(place)
        yield Write(first * sector, log.read(count * sector))
        place += count * sector
