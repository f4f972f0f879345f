"""What is mounted, as the kernel lists it: /proc/PID/mountinfo, proc_pid_mountinfo(5)."""

from __future__ import annotations

import re
from dataclasses import dataclass

_ESCAPE = re.compile(r"\\([0-7]{3})")


@dataclass(frozen=True, slots=True)
class Mount:
    """One line of mountinfo. `device` is `major:minor`."""

    device: str
    target: str
    kind: str
    source: str
    options: frozenset[str]


def parse_mountinfo(text: str) -> tuple[Mount, ...]:
    """The mounts, in the order they were made in. Raises `ValueError` for what is no mountinfo."""
    # A name may well have what Python takes for the end of a line in it.
    lines = text.removesuffix("\n").split("\n") if text else ()
    try:
        return tuple(_mount(line) for line in lines)
    except (IndexError, ValueError) as error:
        raise ValueError("has a line without the usual fields") from error


def unescaped(field: str) -> str:
    """A field with its spaces and line ends, which the kernel writes as octal numbers."""
    return _ESCAPE.sub(lambda match: chr(int(match[1], 8)), field)


def _mount(line: str) -> Mount:
    fields = line.split(" ")
    # Optional fields end at a lone dash; kind, source and the options of the file system follow.
    dash = fields.index("-", 6)
    options = frozenset(f"{fields[5]},{fields[dash + 3]}".split(","))
    source = unescaped(fields[dash + 2])
    return Mount(fields[2], unescaped(fields[4]), fields[dash + 1], source, options)
