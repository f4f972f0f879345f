"""What is measured of a host, in no server's words yet."""

from __future__ import annotations

from bedplate.model.value import Value


class Sample(Value):
    """One number. `labels` say of what, in order: the disk, the pool."""

    labels: tuple[tuple[str, str], ...] = ()
    value: int | float


class Metric(Value):
    """Numbers of one kind; `name` has its unit at its end, `help` says it to people."""

    name: str
    help: str
    samples: tuple[Sample, ...]


class Sent(Value):
    """What became of the points for one server. `said` is for people, `points` how many went."""

    name: str
    kind: str
    to: str
    well: bool
    said: str
    points: int = 0
