"""A small cpio archive for the kernel to unpack over the initramfs it follows.

The format is "newc" as the kernel's documentation gives it (driver-api/early-userspace,
"initramfs buffer format"): each initramfs may be several archives, one after the other, compressed
or not, and later files win. libarchive could write it, but only through a C library that an
installer would have to carry for these few lines.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath

# Boot scripts that a host has for itself are in here; in an initramfs, /scripts has them all.
CONFIGURATION = "/etc/initramfs-tools"

_MAGIC = "070701"
_TRAILER = "TRAILER!!!"
_FOLDER = 0o040755
_REGULAR = 0o100000
# Archives are padded as cpio(1) does, so that whatever is appended next starts on a boundary.
_BLOCK = 512


def place_in_initramfs(path: str) -> str:
    """Where mkinitramfs(8) puts a file of the new system: boot scripts of its own in /scripts."""
    return path.removeprefix(CONFIGURATION)


def render_archive(files: Mapping[str, tuple[int, bytes]]) -> bytes:
    """An archive of `files`: absolute path to permission bits and content.

    Parent folders are added, everything belongs to root, times are 0: the same files are the same
    archive, to the byte.
    """
    contents = {path.lstrip("/"): content for path, content in files.items()}
    folders = {str(parent) for path in contents for parent in PurePosixPath(path).parents[:-1]}
    entries = [(path, _FOLDER, b"") for path in folders]
    entries += [(path, _REGULAR | mode, data) for path, (mode, data) in contents.items()]
    # Sorted by name, a folder comes before what is in it.
    archive = b"".join(
        _entry(number, path, mode, data)
        for number, (path, mode, data) in enumerate(sorted(entries), start=1)
    )
    archive += _entry(0, _TRAILER, 0, b"")
    return archive + bytes(-len(archive) % _BLOCK)


def _entry(inode: int, name: str, mode: int, data: bytes) -> bytes:
    """One header with its name and data, each padded to four bytes."""
    encoded = name.encode() + b"\0"
    links = 2 if mode == _FOLDER else 1
    numbers = (inode, mode, 0, 0, links, 0, len(data), 0, 0, 0, 0, len(encoded), 0)
    header = (_MAGIC + "".join(f"{number:08x}" for number in numbers)).encode()
    return _padded(header + encoded) + _padded(data)


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)
