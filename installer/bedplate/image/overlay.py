"""Runs commands over a stack of folders without changing the lower one.

The mounting itself is done by two shell scripts in `images/`, in a mount namespace of their own, so
that nothing stays mounted however a build ends.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bedplate.errors import CommandError, Problem
from bedplate.run import Runner

OVERLAY_SCRIPT = "in-overlay.sh"
CHROOT_SCRIPT = "in-chroot.sh"
_TAIL_LINES = 25


@dataclass(frozen=True, slots=True)
class Overlay:
    """A stack: `lower` is only read, what commands change ends up in `upper`.

    `images` is the folder with the scripts, `scratch` one on the same file system as `upper` for
    the work and mount folders.
    """

    images: Path
    lower: Path
    upper: Path
    scratch: Path

    @property
    def root(self) -> Path:
        """Where a command finds the stack mounted; empty for everybody else."""
        return self.scratch / "root"

    def run(
        self,
        run: Runner,
        argv: Sequence[str | Path],
        *,
        timeout: float,
        on_line: Callable[[str], None] | None = None,
    ) -> None:
        """Run a command of this machine with the stack at `root`. Raises `CommandError`."""
        work = self.scratch / "work"
        for folder in (self.upper, work, self.root):
            folder.mkdir(parents=True, exist_ok=True)
        stack = (self.lower, self.upper, work, self.root)
        enter = ("unshare", "--mount", "--propagation", "private", "sh")
        words = [*enter, self.images / OVERLAY_SCRIPT, *stack, *argv]
        run_loudly(run, words, timeout=timeout, on_line=on_line)

    def chroot(
        self,
        run: Runner,
        argv: Sequence[str | Path],
        *,
        timeout: float,
        on_line: Callable[[str], None] | None = None,
    ) -> None:
        """Run a command of the stack inside it. Raises `CommandError`."""
        inside = ("sh", self.images / CHROOT_SCRIPT, self.root, *argv)
        self.run(run, inside, timeout=timeout, on_line=on_line)


def run_loudly(
    run: Runner,
    argv: Sequence[str | Path],
    *,
    timeout: float,
    on_line: Callable[[str], None] | None = None,
) -> None:
    """Run a program whose progress and complaints both come line by line, on either output.

    Raises `CommandError` with the last lines it printed.
    """
    last: deque[str] = deque(maxlen=_TAIL_LINES)

    def listen(line: str) -> None:
        last.append(line)
        if on_line is not None:
            on_line(line)

    # Package tools complain on either output and report progress on either; a listener hears one.
    merged = ("sh", "-c", 'exec "$@" 2>&1', "sh", *argv)
    try:
        run(merged, timeout=timeout, on_line=listen)
    except CommandError as error:
        raise CommandError([*error.problems, _said(last)] if last else error.problems) from error


def _said(lines: Sequence[str]) -> Problem:
    return Problem("command-output", "", "its last lines were:\n" + "\n".join(lines))
