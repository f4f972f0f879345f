"""The kernel told of partitions one by one, without reading any table: linux/blkpg.h.

partx(8) does the same, but as a process, and as two where partitions have to go before others come.
"""

from __future__ import annotations

import ctypes
import fcntl
from typing import BinaryIO, Final

_BLKPG: Final = 0x1269  # linux/fs.h: _IO(0x12, 105)
_ADD: Final = 1
_DELETE: Final = 2
_RESIZE: Final = 3


class _Partition(ctypes.Structure):
    """`struct blkpg_partition`; start and length are bytes, whatever the size of a sector."""

    _fields_ = (
        ("start", ctypes.c_longlong),
        ("length", ctypes.c_longlong),
        ("number", ctypes.c_int),
        ("unused", ctypes.c_char * 128),
    )


class _Argument(ctypes.Structure):
    """`struct blkpg_ioctl_arg`."""

    _fields_ = (
        ("operation", ctypes.c_int),
        ("flags", ctypes.c_int),
        ("size", ctypes.c_int),
        ("partition", ctypes.POINTER(_Partition)),
    )


def add_partition(disk: BinaryIO, number: int, start_bytes: int, size_bytes: int) -> None:
    """Show a partition of an open disk; raises `OSError` where there is one already."""
    _tell(disk, _ADD, _Partition(start=start_bytes, length=size_bytes, number=number))


def delete_partition(disk: BinaryIO, number: int) -> None:
    """Show a partition of an open disk no more; raises `OSError` while something uses it."""
    _tell(disk, _DELETE, _Partition(number=number))


def resize_partition(disk: BinaryIO, number: int, start_bytes: int, size_bytes: int) -> None:
    """Show a partition of an open disk larger, or smaller, while it is in use."""
    _tell(disk, _RESIZE, _Partition(start=start_bytes, length=size_bytes, number=number))


def _tell(disk: BinaryIO, operation: int, partition: _Partition) -> None:
    size = ctypes.sizeof(partition)
    fcntl.ioctl(disk, _BLKPG, _Argument(operation, 0, size, ctypes.pointer(partition)))
