"""The GUID partition table as it is on the disk: both copies, every GUID, nothing written.

Why not libparted: reading a table through it opens the disk for writing and then each of its
partitions (measured: 2 x 255 opens a disk), upon which udev takes every disk for changed and
re-reads it; and Debian 12's libparted does not tell the GUIDs. A program that promises to only look
cannot do that. Layout of the structures: UEFI specification 2.10, section 5.3. Both copies are
checked by their CRC, and the backup counts where the primary is damaged, as it does in the kernel.
"""

from __future__ import annotations

import os
import struct
import uuid
import zlib
from dataclasses import dataclass

_SIGNATURE = b"EFI PART"
_HEADER = struct.Struct("<8s4sIIIQQQQ16sQIII")
_ENTRY = struct.Struct("<16s16sQQQ72s")
_UNUSED = bytes(16)
_MOST_ENTRY_BYTES = 4 * 1024 * 1024
_FLAGS = {0: "required", 1: "no-block-io", 2: "legacy-boot"}


@dataclass(frozen=True, slots=True)
class GptEntry:
    """One partition of the table. Sectors are logical sectors, both ends included."""

    number: int
    type_guid: str
    guid: str
    first_sector: int
    last_sector: int
    flags: tuple[str, ...]
    name: str | None


@dataclass(frozen=True, slots=True)
class Gpt:
    """A valid table: the GUID of the disk and the partitions in the order of their numbers.

    `stale_backup_sector` is where the primary copy says that the backup is, if that is on the disk
    but not at its end: the table was made for a smaller one.
    """

    guid: str
    entries: tuple[GptEntry, ...]
    stale_backup_sector: int | None = None


@dataclass(frozen=True, slots=True)
class _Header:
    guid: str
    other_sector: int
    entries_sector: int
    entry_count: int
    entry_bytes: int
    entries_crc: int

    @property
    def table_bytes(self) -> int:
        return self.entry_count * self.entry_bytes


def probe_gpt(device: int, sector_size: int, size_bytes: int) -> Gpt | None:
    """The table of an open block device (a file descriptor), or `None` if neither copy is valid.

    Raises `OSError` if the disk cannot be read.
    """
    last = size_bytes // sector_size - 1
    for sector in (1, last):
        header = parse_header(os.pread(device, sector_size, sector * sector_size), sector)
        if header is None:
            continue
        table = os.pread(device, header.table_bytes, header.entries_sector * sector_size)
        if zlib.crc32(table) == header.entries_crc:
            is_stale = sector < header.other_sector < last
            stale = header.other_sector if is_stale else None
            return Gpt(header.guid, parse_entries(table, header.entry_bytes), stale)
    return None


def parse_header(data: bytes, sector: int) -> _Header | None:
    """The header in `data`, read from `sector`, or `None` if there is no valid one."""
    if len(data) < _HEADER.size or not data.startswith(_SIGNATURE):
        return None
    fields = _HEADER.unpack_from(data)
    header_bytes, crc, own_sector = fields[2], fields[3], fields[5]
    if not _HEADER.size <= header_bytes <= len(data) or own_sector != sector:
        return None
    # The CRC is made over the header with its own CRC field set to zero.
    if zlib.crc32(data[:16] + bytes(4) + data[20:header_bytes]) != crc:
        return None
    header = _Header(_guid(fields[9]), fields[6], *fields[10:14])
    plausible = header.entry_bytes >= _ENTRY.size and header.table_bytes <= _MOST_ENTRY_BYTES
    return header if plausible else None


def parse_entries(table: bytes, entry_bytes: int) -> tuple[GptEntry, ...]:
    """The used entries of a partition array whose entries are `entry_bytes` long."""
    used = []
    for index in range(len(table) // entry_bytes):
        fields = _ENTRY.unpack_from(table, index * entry_bytes)
        type_guid, guid, first, last, attributes, name = fields
        if type_guid != _UNUSED:
            flags = _flags(attributes)
            used.append(
                GptEntry(index + 1, _guid(type_guid), _guid(guid), first, last, flags, _name(name))
            )
    return tuple(used)


def _guid(data: bytes) -> str:
    return str(uuid.UUID(bytes_le=data))


def _name(data: bytes) -> str | None:
    return data.decode("utf-16-le", errors="replace").partition("\0")[0] or None


def _flags(attributes: int) -> tuple[str, ...]:
    return tuple(_FLAGS.get(bit, f"bit-{bit}") for bit in range(64) if attributes >> bit & 1)
