"""A runner that answers from a table and starts nothing."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bedplate.errors import BedplateError, CommandError, Problem
from bedplate.run import DEADLINE_SECONDS, Input, Result

Answer = str | tuple[int, str, str] | BedplateError


@dataclass(frozen=True, slots=True)
class Recorded:
    """Answers by command line: standard output, or (exit code, stdout, stderr), or an error.

    `lines` are the command lines so far.
    """

    answers: Mapping[str, Answer]
    lines: list[str] = field(default_factory=list, compare=False)

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
        self.lines.append(line)
        match self.answers[line]:
            case BedplateError() as error:
                raise error
            case str() as stdout:
                return Result(words, 0, stdout, "")
            case (code, stdout, stderr):
                if check and code:
                    raise CommandError(Problem("command-failed", line, stderr))
                return Result(words, code, stdout, stderr)
