"""The exceptions an operator can meet, and the exit code of each.

Everything that can go wrong because of a machine, a file or a command is one of these; a
programming error is an assertion. The command line turns them into a message and an exit code in
one place, so nothing below it prints or exits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum


class ExitCode(IntEnum):
    """What `bedplate` returns to the shell."""

    OK = 0
    FAILED = 1
    USAGE = 2
    REFUSED = 3
    DIFFERS = 4
    INTERRUPTED = 5


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong.

    `code` is a stable word for programs, `where` a key path, disk, file or step, `message` a
    sentence with what was found and what was needed, `hint` what to do about it (may be empty).
    """

    code: str
    where: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        text = f"{self.where}: {self.message}" if self.where else self.message
        return f"{text} ({self.hint})" if self.hint else text


class BedplateError(Exception):
    """Base of everything that is the machine's or the operator's business, not a bug."""

    exit_code = ExitCode.FAILED

    def __init__(self, problems: Problem | Sequence[Problem]) -> None:
        self.problems = (problems,) if isinstance(problems, Problem) else tuple(problems)
        assert self.problems, "an error without a problem tells nobody anything"
        super().__init__("; ".join(str(problem) for problem in self.problems))


class UsageError(BedplateError):
    """A file or an argument given to bedplate is invalid (answer, layout, saved facts, plan)."""

    exit_code = ExitCode.USAGE


class FactsError(BedplateError):
    """The machine could not be read: a tool is missing, or its output makes no sense."""


class RefusedError(BedplateError):
    """The request is well-formed but must not or cannot be carried out; nothing was touched."""

    exit_code = ExitCode.REFUSED


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several things that may be meant: a name that is clear, and what people know it by."""

    name: str
    title: str


class UndecidedError(RefusedError):
    """A request that may mean any of several things; a person who is there can be asked which.

    `argument` is the one that would have made it clear.
    """

    def __init__(self, problem: Problem, argument: str, choices: Sequence[Choice]) -> None:
        self.argument = argument
        self.choices = tuple(choices)
        super().__init__(problem)


class CommandError(BedplateError):
    """A program ended badly, ran past its deadline or is not installed."""


class ApplyError(BedplateError):
    """A step could not be carried out, or what was read back is not what was planned."""


class InterruptedRunError(BedplateError):
    """Ctrl-C or SIGTERM: everything held was given back, and the run can be taken up again."""

    exit_code = ExitCode.INTERRUPTED
