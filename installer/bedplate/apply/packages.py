"""Brings the packages of this host up to date, by apt, and shows how far that is.

Fetching may be broken off at any moment. Installing may not: a signal waits until dpkg is done, and
a terminal that goes away does not keep it from going on.
"""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass
from typing import NamedTuple

from bedplate.apply.interrupt import interruptible, shielded
from bedplate.errors import CommandError, InterruptedRunError, Problem
from bedplate.events import Clock, What
from bedplate.model.apt_message import AptMessage, Severity, parse_messages
from bedplate.model.updates import Upgrade
from bedplate.render import apt_argv
from bedplate.run import Runner

_FETCH_DEADLINE_SECONDS = 6 * 3600.0
_INSTALL_DEADLINE_SECONDS = 24 * 3600.0
_PHASE = "packages"
# README.progress-reporting of apt. A package may have its architecture behind its name.
_STATUS = re.compile(
    r"(?P<kind>dlstatus|pmstatus|pmerror):(?P<what>.*?):(?P<percent>\d+(?:\.\d+)?):(?P<text>.*)"
)


class Progress(NamedTuple):
    """How far apt is, between 0 and 1. `failed` is a package that could not be dealt with."""

    done: float
    text: str
    failed: str | None = None


def parse_progress(line: str) -> Progress | None:
    """A line that apt writes for programs; `None` for any other."""
    found = _STATUS.fullmatch(line)
    if found is None:
        return None
    failed = found["what"] if found["kind"] == "pmerror" else None
    return Progress(min(float(found["percent"]) / 100, 1.0), found["text"], failed)


def update_lists(run: Runner, clock: Clock) -> tuple[AptMessage, ...]:
    """Fetch the lists of packages; returns what apt warns of.

    Raises `CommandError` with everything that apt calls an error.
    """
    return _apt(run, clock, "lists", "fetch the lists of packages", apt_argv.update())


def fetch_upgrade(run: Runner, planned: Upgrade, clock: Clock) -> tuple[AptMessage, ...]:
    """Fetch the packages of an upgrade; the host stays as it is."""
    return _apt(run, clock, "fetch", "fetch packages", apt_argv.fetch_upgrade(planned))


def install_upgrade(run: Runner, planned: Upgrade, clock: Clock) -> tuple[AptMessage, ...]:
    """Install what was fetched. Raises `InterruptedRunError` if a signal came, after its end."""
    try:
        with interruptible(), shielded():
            words = apt_argv.install_upgrade(planned)
            return _apt(run, clock, "install", "install packages", words)
    except InterruptedRunError as error:
        message = f"{error.problems[0].message.partition(';')[0]}, once the packages were installed"
        hint = "`bedplate doctor` looks at the boot disks"
        raise InterruptedRunError(Problem("interrupted", "", message, hint)) from error


def _apt(
    run: Runner, clock: Clock, step: str, title: str, words: tuple[str, ...]
) -> tuple[AptMessage, ...]:
    watch = _Watch(clock, step)
    with clock.step(_PHASE, step, title):
        result = run(
            words,
            check=False,
            env=apt_argv.NONINTERACTIVE,
            timeout=_INSTALL_DEADLINE_SECONDS if step == "install" else _FETCH_DEADLINE_SECONDS,
            on_line=watch.hear,
        )
        said = tuple(
            one for one in parse_messages(result.stderr) if one.severity is not Severity.NOTICE
        )
        if result.code != 0:
            # What apt calls a warning there is often the reason for the error.
            problems = [*watch.failures(), *(one.problem() for one in said)]
            ended = Problem("command-failed", " ".join(words[:2]), f"ended with {result.code}")
            raise CommandError(problems or [ended])
    return said


@dataclass(slots=True)
class _Watch:
    """Hears what apt says, and passes on what is news."""

    clock: Clock
    step: str
    failed: tuple[Progress, ...] = ()
    last: Progress | None = None

    def hear(self, line: str) -> None:
        now = parse_progress(line)
        if now is None or now == self.last:
            return
        self.last = now
        if now.failed is not None:
            self.failed += (now,)
        # Whoever listens may be gone; apt goes on.
        with contextlib.suppress(OSError):
            self.clock.say(
                What.STEP_PROGRESS, phase=_PHASE, step=self.step, text=now.text, done=now.done
            )

    def failures(self) -> list[Problem]:
        hint = "see /var/log/apt/term.log; then `dpkg --configure -a` and the same command again"
        return [
            Problem(
                "package-failed", one.failed or "", f"could not be dealt with: {one.text}", hint
            )
            for one in self.failed
        ]
