"""Tables for people: they fit a terminal, and are plain text where nobody watches."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

_PIPE_WIDTH = 100
_UNLIMITED = 10_000
# A name that is broken over two lines cannot be copied.
_WHOLE = frozenset({"path", "size", "name", "transport", "chosen", "id"})


def show(view: RenderableType, console: Console | None = None) -> None:
    """Print a view; not cut to any terminal's width where nobody watches."""
    console = console or Console(highlight=False)
    if not console.is_terminal:
        # One row, one line: what is broken over several is of no use to grep.
        unlimited = console.options.update(max_width=_UNLIMITED)
        console.width = max(_PIPE_WIDTH, console.measure(view, options=unlimited).maximum)
    console.print(view)


def table(title: str, columns: str, rows: Iterable[tuple[str, ...]]) -> Table:
    """A table with these columns (names apart by spaces) and cells."""
    made = Table(title=title, title_justify="left", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in columns.split():
        made.add_column(column, no_wrap=column in _WHOLE, overflow="fold")
    for row in rows:
        made.add_row(*(Text(cell) for cell in row))
    return made
