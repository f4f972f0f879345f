"""The boot sector of a FAT file system: its id, its label, and how it was left.

Read here because udev knows only part of it, and knows it from when it last looked. Layout:
Microsoft's FAT specification 1.03, sections 3.1 to 3.3; where Linux keeps the dirty bit: the
kernel's include/uapi/linux/msdos_fs.h.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

SECTOR_BYTES = 512
_END = b"\x55\xaa"
_EXTENDED = 0x29
_DIRTY = 1
_NO_LABEL = "NO NAME"


@dataclass(frozen=True, slots=True)
class FatHeader:
    """What the boot sector says. `unclean`: it was not unmounted since it was last written to."""

    fat_id: str
    label: str | None
    cluster_bytes: int
    unclean: bool


def parse_fat_header(sector: bytes) -> FatHeader | None:
    """The header in the first sector of a partition, or `None` if that is no FAT's."""
    if len(sector) < SECTOR_BYTES or sector[510:512] != _END:
        return None
    sector_bytes, cluster_sectors = struct.unpack_from("<HB", sector, 11)
    (fat_sectors,) = struct.unpack_from("<H", sector, 22)
    if sector_bytes not in (512, 1024, 2048, 4096) or cluster_sectors.bit_count() != 1:
        return None
    # FAT32 has no size in the old field; its own fields come first, and move the common ones.
    start = 64 if fat_sectors == 0 else 36
    state, extended, number, label = struct.unpack_from("<xBBI11s", sector, start)
    if extended != _EXTENDED:
        return None
    digits = f"{number:08X}"
    name = label.decode("ascii", errors="replace").rstrip()
    return FatHeader(
        fat_id=f"{digits[:4]}-{digits[4:]}",
        label=None if name in ("", _NO_LABEL) else name,
        cluster_bytes=sector_bytes * cluster_sectors,
        unclean=bool(state & _DIRTY),
    )
