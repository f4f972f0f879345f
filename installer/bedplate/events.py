"""What a run has to say while it goes on, and where it is said.

An event is one flat record. Sinks are plain callables, so a run can speak to a terminal, a journal
file and a socket at once. Times are seconds since the run began.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import IO


class What(StrEnum):
    """The kinds of event."""

    RUN_STARTED = "run-started"
    STEP_STARTED = "step-started"
    STEP_PROGRESS = "step-progress"
    STEP_DONE = "step-done"
    STEP_SKIPPED = "step-skipped"
    STEP_FAILED = "step-failed"
    WARNING = "warning"
    RUN_DONE = "run-done"
    RUN_FAILED = "run-failed"


@dataclass(frozen=True, slots=True)
class Event:
    """One record. `done` is a fraction between 0 and 1 where a step can tell."""

    what: What
    phase: str = ""
    step: str = ""
    text: str = ""
    done: float | None = None
    seconds: float = 0.0

    def to_json(self) -> str:
        """The record as one JSON line, without the keys that say nothing."""
        return json.dumps({k: v for k, v in asdict(self).items() if v not in ("", None)})

    @classmethod
    def from_json(cls, line: str) -> Event:
        """The record of a JSON line; `ValueError` for anything else."""
        try:
            record = json.loads(line)
            return cls(**{**record, "what": What(record["what"])})
        except (KeyError, TypeError) as error:
            raise ValueError(f"not an event: {line!r}") from error


Sink = Callable[[Event], None]


@dataclass(slots=True)
class Clock:
    """Stamps events with the seconds since it was made and hands them to every sink."""

    sinks: tuple[Sink, ...]
    _start: float = field(default_factory=time.monotonic)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def say(
        self,
        what: What,
        *,
        phase: str = "",
        step: str = "",
        text: str = "",
        done: float | None = None,
    ) -> None:
        """Tell every sink; safe to call from any thread."""
        event = Event(what, phase, step, text, done, round(time.monotonic() - self._start, 3))
        with self._lock:
            for sink in self.sinks:
                sink(event)

    @contextmanager
    def step(self, phase: str, step: str, text: str) -> Iterator[None]:
        """Say that a step begins, and at the end of the block that it is done or has failed."""
        self.say(What.STEP_STARTED, phase=phase, step=step, text=text)
        try:
            yield
        except BaseException:
            self.say(What.STEP_FAILED, phase=phase, step=step, text=text)
            raise
        self.say(What.STEP_DONE, phase=phase, step=step, text=text)


@dataclass(slots=True)
class JsonLines:
    """A sink that writes records to a file, each one on disk before the next thing happens."""

    file: IO[str]
    durable: bool = True

    def __call__(self, event: Event) -> None:
        self.file.write(event.to_json() + "\n")
        self.file.flush()
        if self.durable:
            os.fsync(self.file.fileno())


@dataclass(slots=True)
class PlainLines:
    """A sink for people behind a pipe or a dumb terminal: one line for each step."""

    file: IO[str]

    def __call__(self, event: Event) -> None:
        if event.what is not What.STEP_PROGRESS:
            words = (f"[{event.seconds:7.1f}s]", event.what.value, event.text or event.step)
            self.file.write(" ".join(word for word in words if word) + "\n")
            self.file.flush()
