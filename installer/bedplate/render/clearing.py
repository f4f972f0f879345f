"""Which parts of a disk are zeroed so that nothing of its earlier life is found again.

wipefs(8) erases what blkid recognises. Zeros at both ends of the disk and of every partition go
further: they also take what blkid sees only once something else is gone (both ZFS labels at each
end, LUKS2's second header, md's superblocks), and the copies that only repair tools look for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bedplate.model.facts import DiskFact, Signature
from bedplate.units import GIB, KIB, MIB

EDGE_BYTES = MIB
_GPT_ENTRIES_BYTES = 16 * KIB
# The second and third superblock of btrfs, which are copies of the first one at 64 KiB.
_BTRFS_COPIES = (64 * MIB, 256 * GIB)
_BTRFS_BYTES = 4 * KIB

Span = tuple[int, int]


def spans_to_clear(found: DiskFact) -> list[Span]:
    """Start and size in bytes of all parts of the disk whose ends are to be zeroed."""
    sector = found.sector_size
    parts = [(part.first_sector * sector, part.size_bytes, part) for part in found.partitions]
    spans = [(0, found.size_bytes), *((start, size) for start, size, _ in parts)]
    spans += _copies(0, found.size_bytes, found.signatures)
    for start, size, part in parts:
        spans += _copies(start, size, part.signatures)
    if found.stale_backup_sector is not None:
        end = (found.stale_backup_sector + 1) * sector
        start = max(0, end - sector - _GPT_ENTRIES_BYTES)
        spans.append((start, end - start))
    return spans


def ends_of(spans: Iterable[Span]) -> list[Span]:
    """The first and the last MiB of each span, each once, in the order of the disk."""
    found = set()
    for start, size in spans:
        edge = min(EDGE_BYTES, size)
        found |= {(start, edge), (start + size - edge, edge)}
    return sorted(found)


def signed_partitions(found: DiskFact) -> list[int]:
    """The numbers of the partitions on which blkid recognises something."""
    return [part.number for part in found.partitions if part.signatures]


def is_signed(found: DiskFact) -> bool:
    """Whether blkid recognises anything on the disk itself but tables, which zeroed ends take.

    wipefs waits a quarter of a second for each disk that it takes a table off, so as to have the
    kernel read what is not there any more; soon after it is to read the new one.
    """
    return not all(signature.is_table for signature in found.signatures)


def _copies(start: int, size: int, signatures: tuple[Signature, ...]) -> Iterator[Span]:
    if any(signature.kind == "btrfs" for signature in signatures):
        for offset in _BTRFS_COPIES:
            if offset + _BTRFS_BYTES <= size:
                yield (start + offset, _BTRFS_BYTES)
