"""Locks that keep two runs apart. They end with the process that holds them, however that ends."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path

from bedplate.errors import Problem, RefusedError

# Not in /run/lock: everybody may write there, and so hold a lock of that name for ever.
BOOT_LOCK = Path("/run/bedplate-boot.lock")
"""Held by whatever changes the ESPs of this host or the files that say what belongs on them."""


PATIENCE_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait for a lock that another process has; `tell` is told of it."""

    seconds: float
    tell: Callable[[str], object]


@contextmanager
def locked(lock: Path, where: str, what: str, patience: Patience | None = None) -> Iterator[None]:
    """Hold a lock; raises `RefusedError` about `where` if another process has it and keeps it.

    `what` is what the other one is, as in "another bedplate run". The same process must not take a
    lock twice. Without `patience` nothing is waited for.
    """
    lock.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        message = f"{what} is under way on this machine"
        if not _taken(descriptor, message, patience):
            raise RefusedError(Problem("already-running", where, message, "wait for it to end"))
        yield
    finally:
        os.close(descriptor)


@contextmanager
def boot_files_locked(lock: Path = BOOT_LOCK, patience: Patience | None = None) -> Iterator[None]:
    """Keep other changes of ESPs, of /etc/kernel and of GRUB's configuration away; as `locked`."""
    with locked(lock, str(lock), "another change of what this host boots", patience):
        yield


def _taken(descriptor: int, message: str, patience: Patience | None) -> bool:
    """Whether the lock is ours now."""
    try:
        flock(descriptor, LOCK_EX | LOCK_NB)
    except BlockingIOError:
        if patience is None:
            return False
    else:
        return True
    patience.tell(f"{message}: waiting for it to end")
    # flock(2) knows no deadline. A thread that is still waiting when it has passed ends with us.
    done = threading.Event()

    def wait() -> None:
        flock(descriptor, LOCK_EX)
        done.set()

    threading.Thread(target=wait, daemon=True).start()
    return done.wait(patience.seconds)
