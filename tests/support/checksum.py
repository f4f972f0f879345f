"""Whether a disk image is bit for bit what it was, without reading the holes of a sparse file."""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

_BLOCK_BYTES = 1 << 20


def image_checksum(image: Path) -> str:
    """A SHA-256 over size and contents of an image.

    Blocks of zeros are left out, so a hole and zeros that were written count as the same, and a
    blank 16 GiB image takes no time.
    """
    digest = hashlib.sha256()
    with image.open("rb", buffering=0) as file:
        digest.update(b"%d;" % os.fstat(file.fileno()).st_size)
        for offset in _blocks_with_data(file.fileno()):
            block = os.pread(file.fileno(), _BLOCK_BYTES, offset)
            if block.count(0) != len(block):
                digest.update(b"%d;" % offset)
                digest.update(block)
    return digest.hexdigest()


def _blocks_with_data(descriptor: int) -> Iterator[int]:
    """Offsets of the aligned blocks that are not entirely a hole; see lseek(2), SEEK_DATA."""
    offset = 0
    while True:
        try:
            start = os.lseek(descriptor, offset, os.SEEK_DATA)
        except OSError as error:
            if error.errno == errno.ENXIO:  # nothing but hole from here to the end
                return
            raise
        end = os.lseek(descriptor, start, os.SEEK_HOLE)
        first = max(offset, start - start % _BLOCK_BYTES)
        yield from range(first, end, _BLOCK_BYTES)
        offset = end + -end % _BLOCK_BYTES
