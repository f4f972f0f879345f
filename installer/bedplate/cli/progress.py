"""Shows a run while it goes on: a live picture on a terminal, plain lines anywhere else."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING

from bedplate.cli.board import Board, PhaseLine, State
from bedplate.events import Event, PlainLines, Sink, What

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.spinner import Spinner
    from rich.table import Table

REFRESHES_PER_SECOND = 8
BAR_COLUMNS = 24
_COLOURS = {State.RUNNING: "cyan", State.DONE: "green", State.FAILED: "red"}


@contextmanager
def sink_for(stream: IO[str]) -> Iterator[Sink]:
    """A sink that suits where `stream` goes. Within the block it may own the terminal."""
    if stream.isatty() and os.environ.get("TERM") not in (None, "", "dumb"):
        with terminal_sink(stream) as sink:
            yield sink
    else:
        yield PlainLines(stream)


@contextmanager
def terminal_sink(stream: IO[str]) -> Iterator[Sink]:
    """A sink that draws on a terminal, and leaves the seconds of each phase behind at the end."""
    from rich.console import Console
    from rich.live import Live

    console = Console(file=stream)
    picture = _Picture(console)
    with Live(
        get_renderable=picture.draw,
        console=console,
        refresh_per_second=REFRESHES_PER_SECOND,
        transient=True,
    ):
        yield picture.take
    if picture.board.phases:
        console.print("\n".join(picture.board.summary()), markup=False, highlight=False)


@contextmanager
def shown_as_busy(text: str, stream: IO[str]) -> Iterator[None]:
    """Have a terminal show that something is going on; nothing where nobody watches."""
    if not stream.isatty():
        yield
        return
    from rich.console import Console

    # Of plain characters: the fonts of a text console lack the pretty ones.
    with Console(file=stream).status(text, spinner="line"):
        yield


def _spinner() -> Spinner:
    from rich.spinner import Spinner

    # Of plain characters: the fonts of a text console lack the pretty ones.
    return Spinner("line")


@dataclass(slots=True)
class _Picture:
    """The board and when it was told something; drawn by the thread that refreshes the screen."""

    console: Console
    board: Board = field(default_factory=Board)
    spinner: Spinner = field(default_factory=_spinner)
    _told: float = field(default_factory=time.monotonic)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, event: Event) -> None:
        with self._lock:
            self.board.take(event)
            self._told = time.monotonic()
        if event.what is What.WARNING:
            self.console.print(f"warning: {event.text}", markup=False, highlight=False)

    def draw(self) -> RenderableType:
        from rich.table import Table

        table = Table.grid(padding=(0, 1))
        for justify in ("right", "left", "left", "right"):
            table.add_column(justify=justify, no_wrap=True, overflow="ellipsis")
        table.columns[0].width = max(len(state.value) for state in State)
        table.columns[1].ratio = 1
        table.expand = True
        with self._lock:
            now = self.board.seconds + time.monotonic() - self._told
            for phase in self.board.phases.values():
                self._add(table, phase, now)
        return table

    def _add(self, table: Table, phase: PhaseLine, now: float) -> None:
        from rich.progress_bar import ProgressBar
        from rich.text import Text

        state = phase.state
        mark: RenderableType = Text(state.value, style=_COLOURS[state])
        if state is State.RUNNING:
            mark = self.spinner
        title = Text.assemble((phase.name, "bold"), f"  {phase.count()}")
        table.add_row(mark, title, "", f"{phase.seconds(now):.1f} s")
        for step in phase.steps.values():
            bar: RenderableType = ""
            if step.done is not None:
                bar = ProgressBar(total=1.0, completed=step.done, width=BAR_COLUMNS)
            share = "" if step.done is None else f"{step.done:.0%}"
            line = Text(f"  {step.text}")
            table.add_row("", line, bar, share or f"{now - step.since:.1f} s")
