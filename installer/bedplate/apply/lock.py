"""Locks that keep two runs apart. They end with the process that holds them, however that ends."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path

from bedplate.errors import Problem, RefusedError

# Not in /run/lock: everybody may write there, and so hold a lock of that name for ever.
BOOT_LOCK = Path("/run/bedplate-boot.lock")
"""Held by whatever changes the ESPs of this host or the files that say what belongs on them."""


@contextmanager
def locked(lock: Path, where: str, what: str) -> Iterator[None]:
    """Hold a lock; raises `RefusedError` about `where` at once if another process has it.

    `what` is what the other one is, as in "another bedplate run". The same process must not take a
    lock twice.
    """
    lock.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        try:
            flock(descriptor, LOCK_EX | LOCK_NB)
        except BlockingIOError:
            message = f"{what} is under way on this machine"
            raise RefusedError(
                Problem("already-running", where, message, "wait for it to end")
            ) from None
        yield
    finally:
        os.close(descriptor)


@contextmanager
def boot_files_locked(lock: Path = BOOT_LOCK) -> Iterator[None]:
    """Keep other changes of ESPs, of /etc/kernel and of GRUB's configuration away; as `locked`."""
    with locked(lock, str(lock), "another change of what this host boots"):
        yield
