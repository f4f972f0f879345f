"""Turns what the building tools print into a fraction done."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bedplate.events import Clock, What

PHASE = "image"

_NEW = re.compile(r"\d+ upgraded, (\d+) newly installed")
_PERCENT = re.compile(r"\b(\d{1,3})%")
_UNCOMPRESSED = re.compile(r"of uncompressed filesystem size \(([\d.]+) Kbytes\)")


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of a build, as it is shown to people."""

    clock: Clock
    name: str
    title: str

    def started(self) -> None:
        """Say that it begins."""
        self.clock.say(What.STEP_STARTED, phase=PHASE, step=self.name, text=self.title)

    def progress(self, done: float | None, text: str = "") -> None:
        """Say how far it is, `done` between 0 and 1."""
        self.clock.say(What.STEP_PROGRESS, phase=PHASE, step=self.name, text=text, done=done)

    def finished(self) -> None:
        """Say that it is done."""
        self.clock.say(What.STEP_DONE, phase=PHASE, step=self.name, text=self.title)

    def skipped(self) -> None:
        """Say that the cache had it."""
        text = f"{self.title}: in the cache"
        self.clock.say(What.STEP_SKIPPED, phase=PHASE, step=self.name, text=text)


class PackageProgress:
    """Follows apt and dpkg: every package is unpacked once and set up once.

    With `begins`, nothing counts before a line that has this text: what a bootstrap does first is
    short, and its count is not the whole's.
    """

    def __init__(self, stage: Stage, *, begins: str = "") -> None:
        self._stage = stage
        self._begins = begins
        self._total = 0
        self._seen = 0

    def __call__(self, line: str) -> None:
        if self._begins:
            self._begins = "" if self._begins in line else self._begins
        elif found := _NEW.match(line):
            self._total += 2 * int(found[1])
        elif line.startswith(("Unpacking ", "Setting up ", "Building initial module")):
            self._seen += not line.startswith("Building")
            done = min(self._seen / self._total, 1.0) if self._total else None
            self._stage.progress(done, line.rstrip(" ."))


class SquashProgress:
    """Follows mksquashfs; afterwards `unpacked_bytes` is the size of what went in."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._percent = -1
        self.unpacked_bytes: int | None = None

    def __call__(self, line: str) -> None:
        self.unpacked_bytes = parse_unpacked_bytes(line) or self.unpacked_bytes
        found = _PERCENT.findall(line)
        if found and line.lstrip().startswith("[") and int(found[-1]) != self._percent:
            self._percent = int(found[-1])
            self._stage.progress(self._percent / 100)


def parse_unpacked_bytes(line: str) -> int | None:
    """Bytes of the contents, if this is the line in which mksquashfs says so."""
    found = _UNCOMPRESSED.search(line)
    return int(float(found[1]) * 1024) if found else None
