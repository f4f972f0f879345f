"""The disks of a plan, kept from udev while they are taken apart, wiped and given their tables.

Each closing of a device that was open for writing makes udev look at it again, and its rules then
assemble the array, activate the volume group or register the cache that was stopped just before.
udev leaves a disk and its partitions alone while somebody has a lock on the disk, and looks when
the lock is gone: https://systemd.io/BLOCK_DEVICE_LOCKING/

One lock lasts from wiping a disk to its new table. Were there two, udev would still be busy with
the closing of the first while the table is written, would not be watching when the second closes,
and would never read the table.
"""

from __future__ import annotations

import errno
import fcntl
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from bedplate.apply.devices import disk_path
from bedplate.errors import ApplyError, Problem


@dataclass(slots=True)
class Claims:
    """Locks on the disks of these ids, from the first use to `release`."""

    disk_ids: tuple[str, ...]
    _open: dict[str, int] = field(default_factory=dict)
    _are_free: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.release()

    def take(self) -> None:
        """Lock all the disks, unless they are locked.

        Raises `ApplyError` with every disk that is gone or cannot be opened.
        """
        with self._lock:
            self._take()

    def disk(self, disk_id: str) -> int:
        """A locked disk, open for writing, that nobody uses, and nor are the others.

        Raises `ApplyError` with every disk that the kernel says is in use.
        """
        with self._lock:
            self._take()
            if not self._are_free:
                _check_free(self.disk_ids)
                self._are_free = True
            return self._open[disk_id]

    def release(self) -> None:
        """Let udev look at the disks again; safe to call more than once."""
        with self._lock:
            while self._open:
                os.close(self._open.popitem()[1])
            self._are_free = False

    def _take(self) -> None:
        for disk_id in self.disk_ids:
            if disk_id not in self._open:
                self._open[disk_id] = _open_locked(disk_id)


def _open_locked(disk_id: str) -> int:
    """Open a disk for writing and lock it; raises `ApplyError` if that cannot be."""
    try:
        disk = os.open(disk_path(disk_id), os.O_RDWR | os.O_CLOEXEC)
    except OSError as error:
        raise ApplyError(_cannot_open(disk_id, error)) from error
    fcntl.flock(disk, fcntl.LOCK_EX)
    return disk


def _check_free(disk_ids: tuple[str, ...]) -> None:
    """Raise `ApplyError` with every disk that is in use, or of which a partition is."""
    problems = [problem for disk_id in disk_ids for problem in _uses(disk_id)]
    if problems:
        raise ApplyError(problems)


def _uses(disk_id: str) -> Iterator[Problem]:
    """`O_EXCL` on a block device fails while it, or a partition of it, is mounted or claimed.

    It is asked for only this once: a claim of ours would lock out the programs that we start.
    """
    try:
        os.close(os.open(disk_path(disk_id), os.O_RDWR | os.O_EXCL | os.O_CLOEXEC))
    except OSError as error:
        if error.errno != errno.EBUSY:
            yield _cannot_open(disk_id, error)
            return
        message = "is in use: the kernel does not let us have it for ourselves"
        hint = "see `lsblk` for what is mounted or active on it"
        yield Problem("disk-in-use", disk_id, message, hint)


def _cannot_open(disk_id: str, error: OSError) -> Problem:
    return Problem("disk-unusable", disk_id, f"cannot be opened for writing: {error.strerror}")
