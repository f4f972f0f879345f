"""What command lines are made of, whether they are to be run or to be shown.

The functions of the modules `*_argv` say everything about a command but where things are. That the
caller knows: `apply` gives paths of this machine, a script words with shell variables in them. So
an option is written down once, and what is shown is what is run.
"""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

from bedplate.render.plan_shell import Expanded

# Where something is. Not any text: that would be quoted in a script, variables and all.
Place: TypeAlias = Path | Expanded
# What `bedplate.run` runs and `plan_shell.words` shows.
Argv: TypeAlias = list[str | Path]


def joined(groups: list[Argv]) -> Argv:
    """One command of the groups of words that a script shows on lines of their own."""
    return [word for group in groups for word in group]


def behind(option: str, place: Place) -> str:
    """The one word of an option that ends in `=` and a place; a shell word stays one."""
    word = f"{option}{place}"
    return Expanded(word) if isinstance(place, Expanded) else word
