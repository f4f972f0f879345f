"""The state of a run as its events tell it: phases, the steps under way, and how long each took."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from bedplate.events import Event, What


class State(Enum):
    """How far a phase is."""

    RUNNING = "…"
    DONE = "ok"
    FAILED = "failed"


@dataclass(slots=True)
class StepLine:
    """A step under way. `done` is a fraction between 0 and 1 once the step has told one."""

    text: str
    since: float
    done: float | None = None


@dataclass(slots=True)
class PhaseLine:
    """A phase: its steps under way, how many have ended, and its first and last second."""

    name: str
    began: float
    ended: float
    steps: dict[str, StepLine] = field(default_factory=dict)
    finished: int = 0
    skipped: int = 0
    failed: bool = False

    @property
    def state(self) -> State:
        """Failed once a step has; running while one is under way."""
        if self.failed:
            return State.FAILED
        return State.RUNNING if self.steps else State.DONE

    def seconds(self, now: float) -> float:
        """How long the phase took, or has taken so far."""
        return (now if self.steps and not self.failed else self.ended) - self.began

    def count(self) -> str:
        """How many steps have ended, in words; nothing before the first has."""
        steps = f"{self.finished} step{'' if self.finished == 1 else 's'}" if self.finished else ""
        before = f"{self.skipped} done before" if self.skipped else ""
        return ", ".join(words for words in (steps, before) if words)


@dataclass(slots=True)
class Board:
    """Every phase of a run in the order in which they began."""

    phases: dict[str, PhaseLine] = field(default_factory=dict)
    seconds: float = 0.0

    def take(self, event: Event) -> None:
        """Bring the board up to date with one event."""
        self.seconds = event.seconds
        if not event.phase:
            return
        phase = self.phases.setdefault(
            event.phase, PhaseLine(event.phase, event.seconds, event.seconds)
        )
        phase.ended = event.seconds
        match event.what:
            case What.STEP_STARTED:
                phase.steps[event.step] = StepLine(event.text or event.step, event.seconds)
            case What.STEP_PROGRESS:
                self._progress(phase, event)
            case What.STEP_DONE | What.STEP_SKIPPED:
                phase.steps.pop(event.step, None)
                phase.finished += event.what is What.STEP_DONE
                phase.skipped += event.what is What.STEP_SKIPPED
            case What.STEP_FAILED:
                phase.steps.pop(event.step, None)
                phase.failed = True
            case What.RUN_STARTED | What.RUN_DONE | What.RUN_FAILED | What.WARNING:
                pass

    def summary(self) -> list[str]:
        """Seconds of each phase, in lines for the end of a run."""
        width = max((len(name) for name in self.phases), default=0)
        lines = [
            f"{phase.state.value:>6}  {phase.name:<{width}}  {phase.seconds(self.seconds):7.1f} s"
            f"  {phase.count()}".rstrip()
            for phase in self.phases.values()
        ]
        return [*lines, f"        {'total':<{width}}  {self.seconds:7.1f} s"]

    def _progress(self, phase: PhaseLine, event: Event) -> None:
        step = phase.steps.setdefault(event.step, StepLine(event.text, event.seconds))
        step.text = event.text or step.text
        step.done = step.done if event.done is None else event.done
