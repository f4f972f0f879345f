"""Who may run the commands that open disks or change the host."""

from __future__ import annotations

import os

from bedplate.errors import Problem, RefusedError


def require_root(to: str = "read and write disks") -> None:
    """Raise `RefusedError` unless the program may do what `to` says."""
    if os.geteuid() != 0:
        message = f"only root can {to}"
        raise RefusedError(Problem("not-root", "bedplate", message, "run it with sudo"))
