"""A page of text about a plan of any kind: what is lost, tables of disks, steps."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from itertools import groupby

from bedplate.model.plan import DiskPlan
from bedplate.model.step import WorkStep
from bedplate.render.plan_bars import Segment, bar_widths, segments
from bedplate.units import human

WIDTH = 100
Section = tuple[str, Iterable[str]]


def page(sections: Iterable[Section]) -> str:
    """Titles with the lines below them; of those without lines only the first is there."""
    filled = [(title, tuple(lines)) for title, lines in sections]
    texts = [
        "\n".join(_wrapped((title, *lines)))
        for number, (title, lines) in enumerate(filled)
        if lines or number == 0
    ]
    return "\n\n".join(texts) + "\n"


def destroyed(steps: Iterable[WorkStep]) -> Iterator[str]:
    """What is gone once the steps have run."""
    for step in steps:
        for number, line in enumerate(step.destroys):
            yield f"  {line}" if number == 0 else f"    - {line}"


def step_lines(steps: Iterable[WorkStep]) -> Iterator[str]:
    """The steps, phase by phase."""
    for phase, some in groupby(steps, key=lambda step: step.phase):
        yield f"  {phase.value}"
        yield from (f"    {step.summary}" for step in some)


def table_lines(disk: DiskPlan) -> Iterator[str]:
    """A disk's partition table: a bar to scale, and the figures."""
    yield f"    {_bar(disk)}"
    yield f"    {'#':>2}  {'role':<9}  {'first sector':>14}  {'last sector':>14}  {'size':>10}"
    for part in disk.partitions:
        yield (
            f"    {part.number:>2}  {part.role.value:<9}  {part.first_sector:>14}  "
            f"{part.last_sector:>14}  {human(part.size_bytes):>10}"
        )


def _wrapped(lines: Iterable[str]) -> Iterator[str]:
    """The lines, each broken at the page's width and continued below its own text."""
    for line in lines:
        indent = " " * (len(line) - len(line.lstrip()) + 4)
        yield from textwrap.wrap(
            line, WIDTH, subsequent_indent=indent, drop_whitespace=True, break_on_hyphens=False
        )


def _bar(disk: DiskPlan) -> str:
    """The disk from end to end, to scale but for parts that would be narrower than their names."""
    parts = segments(disk)
    minimums = [len(part.name) + 2 for part in parts]
    room = max(WIDTH - 4, sum(minimums))
    widths = bar_widths([part.size_bytes for part in parts], minimums, room)
    return "".join(
        f"[{_filled(part, width - 2)}]" for part, width in zip(parts, widths, strict=True)
    )


def _filled(part: Segment, width: int) -> str:
    """The name, and the rest of the width behind it."""
    return f"{part.name} "[:width].ljust(width, "." if part.number is None else "=")
