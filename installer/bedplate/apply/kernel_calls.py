"""Calls of the kernel that Python 3.11 has no functions for."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

from bedplate.errors import ApplyError, Problem
from bedplate.run import Runner

_CLONE_NEWNS = 0x00020000  # linux/sched.h
_libc = ctypes.CDLL(None, use_errno=True)


def sync_filesystem(folder: Path) -> None:
    """Write everything of the file system that `folder` is on to its disk, syncfs(2).

    Raises `OSError` if the disk does not take it.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        _checked(_libc.syncfs(descriptor), folder)
    finally:
        os.close(descriptor)


def keep_mounts_private(run: Runner) -> None:
    """From now on nobody but this process and its children sees what it mounts, unshare(2).

    Nobody is in the way of unmounting it, and it is gone when the process ends, however that ends.
    To be called before there are threads. Raises `ApplyError` where that is not allowed.
    """
    try:
        _checked(_libc.unshare(_CLONE_NEWNS), Path("/"))
    except OSError as error:
        message = f"no file system can be mounted here: {error.strerror}"
        raise ApplyError(Problem("mounts-not-private", "unshare", message)) from error
    run(["mount", "--make-rprivate", "/"])


def _checked(code: int, path: Path) -> None:
    if code != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), str(path))
