"""GRUB for BIOS on a disk: the code in the first sector, and the core image that it starts.

grub-install changes a few bytes of either image: where the other one is, and how much redundancy
follows. With these set back the images have the checksums of the files that they were made from,
boot.img and core.img. The places are those of GRUB 2's i386-pc platform, and the same since 2.00.
"""

from __future__ import annotations

import hashlib
import os
import struct
from pathlib import Path

from bedplate.model.bios_boot import BiosBootFact
from bedplate.model.esp import BIOS_GRUB_SOURCES

_SECTOR = 512  # BIOS knows no other
_CODE_BYTES = 440  # a disk's signature and the protective partition table follow
_NAME = b"GRUB \0"
_CORE_SECTOR = struct.Struct("<Q")
_CORE_SECTOR_PLACE = 0x5C
_CORE_SECTOR_IN_FILE = 1
_DRIVE_CHECK_PLACE = 0x66
_DRIVE_CHECK_IN_FILE = b"\xeb\x05"  # a jump over the check, which is switched on by two nops
_DRIVE_CHECK_ON = b"\x90\x90"
_BLOCKS = struct.Struct("<QH")  # the sector of the rest of the core image, and its sectors
_BLOCKS_PLACE = 0x1F4
_BLOCKS_IN_FILE = 2
_REDUNDANCY = slice(0x210, 0x214)


def probe_boot_image(root: Path = Path("/")) -> str | None:
    """The checksum of the boot image that this host's GRUB would install, if it has one."""
    try:
        image = (root / BIOS_GRUB_SOURCES.lstrip("/") / "boot.img").read_bytes()
    except FileNotFoundError:
        return None
    return boot_image_checksum(image)


def probe_bios_boot(disk: Path, core_bytes: int) -> BiosBootFact:
    """What is on a disk, with a core image of that many bytes; needs root."""
    try:
        descriptor = os.open(disk, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        return BiosBootFact(error=error.strerror)
    try:
        return _read(descriptor, core_bytes)
    except OSError as error:
        return BiosBootFact(error=error.strerror)
    finally:
        os.close(descriptor)


def _read(disk: int, core_bytes: int) -> BiosBootFact:
    # What somebody writes to a partition is not seen by those who have read the disk before.
    os.posix_fadvise(disk, 0, 0, os.POSIX_FADV_DONTNEED)
    code = os.pread(disk, _SECTOR, 0)[:_CODE_BYTES]
    if _NAME not in code:
        return BiosBootFact()
    (sector,) = _CORE_SECTOR.unpack_from(code, _CORE_SECTOR_PLACE)
    core = os.pread(disk, core_bytes, sector * _SECTOR)
    return BiosBootFact(
        boot_image=boot_image_checksum(code),
        core_sector=sector,
        core_image=hashlib.sha256(core_as_in_file(core)).hexdigest(),
    )


def boot_image_checksum(image: bytes) -> str:
    """The SHA-256 of a boot image, installed or as a file, up to where a disk's own data begin."""
    code = bytearray(image[:_CODE_BYTES])
    _CORE_SECTOR.pack_into(code, _CORE_SECTOR_PLACE, _CORE_SECTOR_IN_FILE)
    if code[_DRIVE_CHECK_PLACE:][:2] == _DRIVE_CHECK_ON:
        code[_DRIVE_CHECK_PLACE : _DRIVE_CHECK_PLACE + 2] = _DRIVE_CHECK_IN_FILE
    return hashlib.sha256(code).hexdigest()


def core_as_in_file(installed: bytes) -> bytes:
    """A core image as it was before it was installed."""
    if len(installed) < _REDUNDANCY.stop:
        return installed
    image = bytearray(installed)
    sectors = -(-(len(image) - _SECTOR) // _SECTOR)
    _BLOCKS.pack_into(image, _BLOCKS_PLACE, _BLOCKS_IN_FILE, sectors)
    image[_REDUNDANCY] = bytes(4)
    return bytes(image)
