"""The firmware's boot entries, from the variables themselves.

The variables have a fixed format (UEFI specification 2.10, sections 3.1.3 and 10.3), while the text
that efibootmgr prints of them differs from version to version.
"""

from __future__ import annotations

import re
import struct
import uuid
from collections.abc import Iterator
from pathlib import Path

from bedplate.facts.efivars import EFIVARS, GLOBAL, read_global
from bedplate.model.nvram import BootEntries, BootEntry

_ENTRY = re.compile(rf"(Boot([0-9A-F]{{4}}))-{GLOBAL}")
_HEAD = struct.Struct("<IH")  # attributes of the entry, bytes of its device path
_NODE = struct.Struct("<BBH")  # type and subtype of a node of the path, its bytes with this head
_HARD_DRIVE = struct.Struct("<IQQ16sBB")  # number, first sector, sectors, signature, its two kinds
_ACTIVE = 1
_MEDIA, _MEDIA_HARD_DRIVE, _MEDIA_FILE = 4, 1, 4
_END = 0x7F
_SIGNED_BY_GUID = 2


def probe_boot_entries(root: Path = Path("/")) -> BootEntries:
    """The boot entries of this machine; none where it was not started by UEFI.

    What cannot be understood is an entry without a label: it counts, and is never touched.
    """
    folder = root / EFIVARS
    names = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    entries = []
    for match in filter(None, map(_ENTRY.fullmatch, names)):
        data = _read(match[1], root)
        if data is not None:
            entries.append(parse_boot_entry(int(match[2], 16), data))
    return BootEntries(
        entries=tuple(entries),
        order=_numbers(_read("BootOrder", root)),
        current=next(iter(_numbers(_read("BootCurrent", root))), None),
        following=next(iter(_numbers(_read("BootNext", root))), None),
    )


def parse_boot_entry(number: int, data: bytes) -> BootEntry:
    """The load option in the variable of an entry."""
    if len(data) < _HEAD.size:
        return BootEntry(number=number, label="", active=False)
    attributes, path_bytes = _HEAD.unpack_from(data)
    label, rest = _text(data[_HEAD.size :])
    partition = loader = None
    for kind, subtype, body in _nodes(rest[:path_bytes]):
        if (kind, subtype) == (_MEDIA, _MEDIA_HARD_DRIVE) and len(body) >= _HARD_DRIVE.size:
            fields = _HARD_DRIVE.unpack_from(body)
            partition = str(uuid.UUID(bytes_le=fields[3])) if fields[5] == _SIGNED_BY_GUID else None
        elif (kind, subtype) == (_MEDIA, _MEDIA_FILE):
            loader = _text(body)[0]
    return BootEntry(
        number=number,
        label=label,
        active=bool(attributes & _ACTIVE),
        partition_guid=partition,
        loader=loader,
    )


def _nodes(path: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Type, subtype and content of each node of a device path, up to its end or to nonsense."""
    while len(path) >= _NODE.size:
        kind, subtype, size = _NODE.unpack_from(path)
        if kind == _END or not _NODE.size <= size <= len(path):
            return
        yield kind, subtype, path[_NODE.size : size]
        path = path[size:]


def _text(data: bytes) -> tuple[str, bytes]:
    """The UTF-16 text at the beginning, up to its zero, and what follows."""
    units = range(0, len(data) - 1, 2)
    end = next((place for place in units if data[place : place + 2] == b"\0\0"), len(data))
    return data[:end].decode("utf-16-le", errors="replace"), data[end + 2 :]


def _numbers(data: bytes | None) -> tuple[int, ...]:
    return tuple(number for (number,) in struct.iter_unpack("<H", data)) if data else ()


def _read(name: str, root: Path) -> bytes | None:
    """The value of a variable; `None` if it is not there, or the firmware does not give it."""
    try:
        return read_global(name, root)
    except OSError:
        return None
