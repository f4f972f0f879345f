"""Collects what is wrong with a file while all of it is read, so that one run tells everything."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches

from bedplate.errors import Problem, UsageError

_SHOWN_CHARACTERS = 60


@dataclass(slots=True)
class Findings:
    """Problems and warnings so far, in the order in which they were found."""

    problems: list[Problem] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def problem(self, code: str, where: str, message: str, hint: str = "") -> None:
        """Note one thing that makes the file invalid."""
        self.problems.append(Problem(code, where, message, hint))

    def warn(self, where: str, message: str) -> None:
        """Note one thing that is allowed, but that the operator should know."""
        self.warnings.append(f"{where}: {message}")

    def spoilt(self, where: str) -> bool:
        """Whether something has been said about this key already."""
        return any(problem.where == where for problem in self.problems)

    def spoilt_inside(self, where: str) -> bool:
        """Whether something has been said about an item of this list, or a key of this table."""
        return any(
            problem.where.startswith((f"{where}[", f"{where}.")) for problem in self.problems
        )

    def sound_items(self, where: str, items: Iterable[str]) -> Iterator[tuple[str, str]]:
        """The items of a list about which nothing has been said, each with its key path."""
        for number, item in enumerate(items):
            if not self.spoilt(here := f"{where}[{number}]"):
                yield here, item

    def missing(self, where: str, what: str, hint: str = "") -> None:
        """Note that a key is not there, unless its value was there and was refused."""
        if not self.spoilt(where):
            self.problem("missing-key", where, f"is missing: {what}", hint)

    def raise_if_any(self) -> None:
        """Raise `UsageError` with all problems, those of one table together, if there is one."""
        if self.problems:
            raise UsageError(sorted(self.problems, key=lambda problem: problem.where))


def shown(value: object) -> str:
    """A value for a message, quoted, on one line and not too long. Never for secrets."""
    text = repr(value)
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[: _SHOWN_CHARACTERS - 1]}…"


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A hint with the known word most like `word`, else with all of them if they are few."""
    words = sorted(known)
    if near := get_close_matches(word.lower(), words, n=1, cutoff=0.7):
        return f"did you mean `{near[0]}`?"
    return f"known are {', '.join(words)}" if 0 < len(words) <= 30 else ""
