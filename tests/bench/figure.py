"""What a benchmark found: a figure, the most it may be, and what it was made of."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the result. `runs` are the single measurements that `value` is the median of."""

    what: str
    runs: tuple[float, ...]
    limit: float
    unit: str
    made_of: str

    @property
    def value(self) -> float:
        """The median."""
        return statistics.median(self.runs)

    @property
    def kept(self) -> bool:
        """Whether the figure is within its limit."""
        return self.value <= self.limit

    def __str__(self) -> str:
        verdict = "ok  " if self.kept else "OVER"
        spread = f"{min(self.runs):.2f} to {max(self.runs):.2f} in {len(self.runs)} runs"
        return (
            f"{verdict} {self.value:7.2f} {self.unit:<5} (at most {self.limit:g}; {spread})  "
            f"{self.what}\n       {self.made_of}"
        )


def ratios(ours: Sequence[float], theirs: Sequence[float]) -> tuple[float, ...]:
    """Pair by pair, so that a machine whose speed drifts does not bend the result."""
    return tuple(our / their for our, their in zip(ours, theirs, strict=True))


def seconds(values: Sequence[float]) -> str:
    """Measurements for people."""
    return " ".join(f"{value:.1f}" if value >= 10 else f"{value:.2f}" for value in values) + " s"
