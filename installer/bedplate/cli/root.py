"""Who may run the commands that open disks."""

from __future__ import annotations

import os

from bedplate.errors import Problem, RefusedError


def require_root() -> None:
    """Raise `RefusedError` unless the program may open disks."""
    if os.geteuid() != 0:
        message = "only root can read and write disks"
        raise RefusedError(Problem("not-root", "bedplate", message, "run it with sudo"))
