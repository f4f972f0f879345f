"""Mounts and unmounts for the whole host, from a process whose own mounts are private."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from bedplate.run import Runner

# The mounts of the first process are those that everybody sees; see nsenter(1).
_OF_THE_HOST = ("nsenter", "--target", "1", "--mount", "--")


def for_everybody(argv: Sequence[str | Path]) -> list[str | Path]:
    """A command whose mounts everybody sees; what it mounts would be gone with us otherwise."""
    return [*_OF_THE_HOST, *argv]


def unmount_everywhere(run: Runner, targets: Iterable[str]) -> None:
    """Unmount for everybody, then for this process; raises `CommandError` if it is in use.

    The mounts of this process are a copy (`keep_mounts_private`), and that copy alone would keep
    the file system mounted.
    """
    for target in targets:
        run(for_everybody(["umount", target]))
        run(["umount", target])
