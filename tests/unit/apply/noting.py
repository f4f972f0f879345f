"""A runner that starts nothing: it notes what it would have run."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bedplate.errors import CommandError, Problem
from bedplate.run import DEADLINE_SECONDS, Input, Result


@dataclass(slots=True)
class Log:
    """Notes each command line and what it is given to read.

    `says` is what the commands print; one that begins with `fails` does.
    """

    says: Mapping[str, str] = field(default_factory=dict)
    fails: str | None = None
    ran: list[tuple[str, object]] = field(default_factory=list)

    def __call__(
        self,
        argv: Sequence[str | Path],
        *,
        stdin: Input = None,
        check: bool = True,
        timeout: float = DEADLINE_SECONDS,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        on_line: Callable[[str], None] | None = None,
    ) -> Result:
        words = tuple(map(str, argv))
        line = shlex.join(words)
        self.ran.append((line, stdin))
        if self.fails is not None and line.startswith(self.fails):
            raise CommandError(Problem("command-failed", line, "ended with 1"))
        return Result(words, 0, self.says.get(line, ""), "")

    def of(self, *starts: str) -> list[tuple[str, object]]:
        """The commands that begin with one of these."""
        return [entry for entry in self.ran if entry[0].startswith(starts)]
