"""The record of a run: the plan and, line by line, what became of each of its steps.

It is what `bedplate resume` starts from. A step counts as done only if its line is complete on
disk, so a power cut can at worst make a step run twice, which every step allows.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import ValidationError

from bedplate.apply.lock import locked
from bedplate.errors import Problem, UsageError
from bedplate.events import Event, JsonLines, Sink, What
from bedplate.model.value import Value

STATE = Path("/var/lib/bedplate/run")


P = TypeVar("P", bound=Value)


@dataclass(frozen=True, slots=True)
class Journal(Generic[P]):
    """A run's folder: `plan.json`, of the type `kind`, and `journal.jsonl`."""

    kind: type[P]
    folder: Path = STATE

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other runs away; raises `RefusedError` if one is under way."""
        with locked(self.folder / "lock", str(self.folder), "another bedplate run"):
            yield

    def begin(self, plan: P) -> None:
        """Start the record of a new run; the record of the one before it is dropped."""
        (self.folder / "journal.jsonl").unlink(missing_ok=True)
        part = self.folder / "plan.json.part"
        with part.open("w") as file:
            file.write(plan.model_dump_json())
            file.flush()
            os.fsync(file.fileno())
        part.rename(self.folder / "plan.json")

    @contextmanager
    def sink(self) -> Iterator[Sink]:
        """A sink that appends to the record, each line on disk before the next step starts."""
        with (self.folder / "journal.jsonl").open("a") as file:
            lines = JsonLines(file)

            def record(event: Event) -> None:
                if event.what is not What.STEP_PROGRESS:
                    lines(event)

            yield record

    def plan(self) -> P:
        """The plan of the recorded run; raises `UsageError` if there is none."""
        path = self.folder / "plan.json"
        try:
            return self.kind.model_validate_json(path.read_bytes())
        except FileNotFoundError:
            message = "there is no run to take up again"
            raise UsageError(Problem("nothing-to-resume", str(path), message)) from None
        except ValidationError as error:
            message = f"is not a plan of this version: {error.error_count()} problems"
            raise UsageError(Problem("plan-invalid", str(path), message)) from error

    def exists(self) -> bool:
        """Whether a run was ever recorded here."""
        return (self.folder / "plan.json").exists()

    def done(self) -> frozenset[str]:
        """The ids of the steps that ended well; a torn last line does not count."""
        path = self.folder / "journal.jsonl"
        if not path.exists():
            return frozenset()
        ended = {What.STEP_DONE, What.STEP_SKIPPED}
        return frozenset(event.step for event in _readable(path.read_text()) if event.what in ended)


def _readable(text: str) -> Iterator[Event]:
    for line in text.splitlines():
        try:
            yield Event.from_json(line)
        except ValueError:
            return
