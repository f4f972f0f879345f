"""Tables for people: they fit a terminal, and are plain text where nobody watches."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

_PIPE_WIDTH = 100
# A name that is broken over two lines cannot be copied.
_WHOLE = frozenset({"path", "size", "name", "transport", "kind", "state", "chosen", "id"})


def show(view: RenderableType, console: Console | None = None) -> None:
    """Print a view; not cut to any terminal's width where nobody watches."""
    console = console or Console(highlight=False)
    if not console.is_terminal:
        console.width = _PIPE_WIDTH
    console.print(view)


def table(title: str, columns: str, rows: Iterable[tuple[str, ...]]) -> Table:
    """A table with these columns (names apart by spaces) and cells."""
    made = Table(title=title, title_justify="left", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in columns.split():
        made.add_column(column, no_wrap=column in _WHOLE, overflow="fold")
    for row in rows:
        made.add_row(*(Text(cell) for cell in row))
    return made
