"""Words, comments and here-documents of a shell script, safe whatever is in them."""

from __future__ import annotations

import base64
import shlex
import textwrap
from collections.abc import Iterable
from pathlib import Path

_WIDTH = 100
# Here-documents end with their last line; this takes its end away.
_NO_END = "head --bytes=-1"


def words(*parts: str | Path) -> str:
    """A command line. Parts that are to be expanded by the shell come as `expanded` made them."""
    return " ".join(
        part if isinstance(part, Expanded) else shlex.quote(str(part)) for part in parts
    )


class Expanded(str):
    """A word that is written as it is: it has its quotes already, and variables in them."""

    __slots__ = ()


def expanded(variable: str, rest: str = "") -> Expanded:
    """The word `"$variable…rest…"`."""
    escaped = "".join(f"\\{char}" if char in '"\\$`' else char for char in rest)
    return Expanded(f'"${{{variable}}}{escaped}"' if rest else f'"${variable}"')


def comment(text: str) -> str:
    """A text as comment lines. A line break in it, from wherever, does not end the comment."""
    printable = "".join(char if char.isprintable() else " " for char in text)
    lines = textwrap.wrap(printable, _WIDTH - 2, break_on_hyphens=False)
    return "".join(f"# {line}\n" for line in lines)


def with_input(command: str, data: bytes, then: str = "") -> str:
    """A command that reads `data`: as it is where that is text, else in base64.

    `then` is a command that reads what the first one prints; the data is text in that case. Where
    its last line has no end, as in a file that is nothing but a secret, it gets none.
    """
    if then:
        has_end = data.endswith(b"\n")
        text = _as_text(data if has_end else data + b"\n")
        assert text is not None, "what is no text has no secret to be filled in"
        return _here_document(command, text, f" | {then}" if has_end else f" | {_NO_END} | {then}")
    text = _as_text(data)
    if text is None:
        encoded = "\n".join(textwrap.wrap(base64.b64encode(data).decode(), 76)) + "\n"
        return _here_document("base64 --decode", encoded, f" | {command}")
    return _here_document(command, text)


def continued(groups: Iterable[Iterable[str | Path]]) -> str:
    """A long command, one group of words a line."""
    return " \\\n    ".join(words(*group) for group in groups)


def _here_document(command: str, text: str, behind: str = "") -> str:
    firsts = {line.split(maxsplit=1)[0] for line in text.splitlines() if line.strip()}
    # Longer and longer, until no line of the text could be taken for it, by people either.
    end = "END"
    while end in firsts:
        end += "_"
    return f"{command} <<'{end}'{behind}\n{text}{end}\n"


def _as_text(data: bytes) -> str | None:
    """The text that `data` is; none if a here-document could not carry it unchanged."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return None
    plain = all(char.isprintable() or char in "\t\n" for char in text)
    return text if plain and (not text or text.endswith("\n")) else None
