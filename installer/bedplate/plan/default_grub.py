"""Reads and changes variables of /etc/default/grub, a shell script that people edit.

Only assignments that mean the same to anybody who reads them are understood: one line, one value in
quotes or without, nothing to be replaced by the shell. The last one counts, and the snippets in
/etc/default/grub.d come after the file itself (grub-mkconfig(8)).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bedplate.errors import Problem, RefusedError
from bedplate.model.boot_files import DEFAULT_GRUB
from bedplate.model.kernels import CmdlineFiles, TextFile

_ASSIGNMENT = re.compile(r"\s*(?:export\s+)?([A-Za-z_][A-Za-z_0-9]*)\+?=")
_PLAIN_ASSIGNMENT = re.compile(
    r"((?:export[ \t]+)?[A-Za-z_][A-Za-z_0-9]*=)"
    r"(\"[^\"\\$`]*\"|'[^']*'|[^\s\"'`$\\;&|<>()#]*)"
    r"([ \t]*|[ \t]+#.*)"
)
# What a text that is not UTF-8 has in it after it was read.
_NO_TEXT = "\ufffd"


@dataclass(frozen=True, slots=True)
class Assignment:
    """Where a variable gets its value; `value` is `None` if that takes a shell to tell."""

    path: str
    line: int
    text: str
    value: str | None


def assignments(file: TextFile, name: str) -> list[Assignment]:
    """Every line of a file that assigns the variable."""
    found: list[Assignment] = []
    for number, line in enumerate(file.content.split("\n"), start=1):
        match = _ASSIGNMENT.match(line)
        if match is not None and match[1] == name:
            plain = _PLAIN_ASSIGNMENT.fullmatch(line)
            value = None if plain is None else plain[2].strip("\"'")
            found.append(Assignment(file.path, number, line, value))
    return found


def effective(files: CmdlineFiles, name: str) -> Assignment | None:
    """The assignment of a variable that counts."""
    main = TextFile(path=DEFAULT_GRUB, content=files.default_grub or "")
    every = [one for file in (main, *files.snippets) for one in assignments(file, name)]
    return every[-1] if every else None


def with_value(files: CmdlineFiles, name: str, value: str) -> str:
    """The text of /etc/default/grub with another value of a variable, all else as it was.

    Raises `RefusedError` if that is not sure to take effect.
    """
    text = files.default_grub or ""
    counts = effective(files, name)
    problems = [*_not_changeable(text, counts, name)]
    if problems:
        raise RefusedError(problems)
    assigned = f'{name}="{value}"'
    if counts is None:
        begun = text if not text or text.endswith("\n") else f"{text}\n"
        return f"{begun}{assigned}\n"
    lines = text.split("\n")
    match = _PLAIN_ASSIGNMENT.fullmatch(counts.text)
    assert match is not None, "an assignment with a value is plain"
    lines[counts.line - 1] = f'{match[1]}"{value}"{match[3]}'
    return "\n".join(lines)


def _not_changeable(text: str, counts: Assignment | None, name: str) -> list[Problem]:
    problems: list[Problem] = []
    if _NO_TEXT in text:
        message = "has bytes that are not UTF-8, which would be lost"
        problems.append(Problem("file-not-text", DEFAULT_GRUB, message, "remove them in an editor"))
    if counts is not None and counts.path != DEFAULT_GRUB:
        message = f"sets {name} in line {counts.line}, which counts more than {DEFAULT_GRUB}"
        hint = "change it there and run `update-grub`, or delete the line"
        problems.append(Problem("overridden", counts.path, message, hint))
    elif counts is not None and counts.value is None:
        message = f"line {counts.line} is {counts.text!r}, which takes a shell to understand"
        hint = f'write it as one line {name}="…", or change it in an editor and run `update-grub`'
        problems.append(Problem("file-not-understood", DEFAULT_GRUB, message, hint))
    return problems
