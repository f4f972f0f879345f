"""The points at which a change of disks is broken off in tests: at every step, and in the copying.

What happens there is up to the test: the power fails, or the process is killed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Timer

from bedplate.apply.journal import Journal
from bedplate.events import Event, Sink, What
from bedplate.model.disk_change import AwaitMembers, DiskChange

COPYING_SECONDS = (0.2, 1.0, 3.0)
"""How long the data has been copied at each point within that."""


@dataclass(frozen=True, slots=True)
class Point:
    """A point in a run: a step is done, and that is written down, or not yet.

    With `copying` it is so many seconds after the step has begun to wait for the data, or at its
    end if that comes sooner.
    """

    step: str
    written: bool = False
    copying: float | None = None

    def __str__(self) -> str:
        if self.copying is not None:
            return f"{self.step} for {self.copying:g} s"
        return f"{self.step} {'written down' if self.written else 'done'}"


def points_of(plan: DiskChange) -> tuple[Point, ...]:
    """Every point of a run, in the order in which it comes by."""
    return tuple(_points(plan))


def _points(plan: DiskChange) -> Iterator[Point]:
    for step in plan.steps:
        if isinstance(step, AwaitMembers):
            yield from (Point(step.id, copying=seconds) for seconds in COPYING_SECONDS)
        yield Point(step.id)
        yield Point(step.id, written=True)


@dataclass(frozen=True, slots=True)
class BrokenOff(Journal[DiskChange]):
    """A journal that has the run end at a point, where there is one."""

    point: Point | None = None
    end: Callable[[], None] = lambda: None

    @contextmanager
    def sink(self) -> Iterator[Sink]:
        """As of any journal, but for what happens at the point."""
        with Journal.sink(self) as write:

            def record(event: Event) -> None:
                is_here = self.point is not None and event.step == self.point.step
                if is_here and event.what is What.STEP_DONE and not self._written:
                    self.end()
                write(event)
                if is_here and event.what is What.STEP_DONE and self._written:
                    self.end()
                if is_here and event.what is What.STEP_STARTED:
                    self._end_later()

            yield record

    @property
    def _written(self) -> bool:
        return self.point is not None and self.point.written

    def _end_later(self) -> None:
        if self.point is not None and self.point.copying is not None:
            timer = Timer(self.point.copying, self.end)
            timer.daemon = True
            timer.start()
