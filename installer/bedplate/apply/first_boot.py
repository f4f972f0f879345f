"""Does what a host is to do at its first start: each part once, and not more often than agreed.

An attempt is counted before it begins, so that a program which takes the host down with it is not
started for ever.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bedplate.apply.files import inside, put_file
from bedplate.apply.user_program import run_user_program
from bedplate.errors import BedplateError, InterruptedRunError, Problem, UsageError
from bedplate.model.first_boot import (
    JOB,
    LOG,
    OUTCOME,
    PROGRAM,
    FirstBootJob,
    FirstBootOutcome,
    pending,
)
from bedplate.run import Runner

_PRIVATE = 0o600
_APT_SECONDS = 3600.0
_SYSTEMCTL_SECONDS = 600.0
_APT = {"DEBIAN_FRONTEND": "noninteractive", "APT_LISTCHANGES_FRONTEND": "none"}

Part = tuple[str, Callable[[], None]]


@dataclass(frozen=True, slots=True)
class FirstBootRun:
    """How the job of the host below `root` is done; `tell` hears every line of its programs."""

    run: Runner
    tell: Callable[[str], None]
    root: Path = Path("/")
    clock: Callable[[], float] = time.time

    def start(self, before: FirstBootOutcome | None, *, again: bool = False) -> FirstBootOutcome:
        """Do what is left of the job, if it may be tried once more; returns how that ended.

        `before` is how far it has come; `again` forgets how often it was tried. Raises `UsageError`
        if there is no job, and what a signal raises.
        """
        job = self._job()
        last = before or FirstBootOutcome(state="running")
        if again:
            last = last.model_copy(update={"attempts": 0, "state": "failed"})
        if last.state == "done" or last.attempts >= job.attempts:
            if last.state == "running":
                last = self._keep(last, "given-up", "the host went down in the last attempt")
            return self._settled(job, last)
        now = last.model_copy(update={"attempts": last.attempts + 1})
        now = self._keep(now, "running", "")
        try:
            for name, do in self._parts(job):
                if name not in now.done:
                    self.tell(f"first boot, attempt {now.attempts} of {job.attempts}: {name}")
                    do()
                    now = self._keep(now.model_copy(update={"done": (*now.done, name)}), "running")
        except InterruptedRunError:
            raise
        except BedplateError as error:
            over = now.attempts >= job.attempts
            now = self._keep(now, "given-up" if over else "failed", str(error))
        else:
            now = self._keep(now, "done", "")
        return self._settled(job, now)

    def _job(self) -> FirstBootJob:
        place = inside(self.root, JOB)
        if not place.exists():
            message = "is not there: this host has nothing to do at its first start"
            raise UsageError(Problem("no-first-boot", JOB, message))
        return FirstBootJob.model_validate_json(place.read_text())

    def _keep(
        self, outcome: FirstBootOutcome, state: str, said: str | None = None
    ) -> FirstBootOutcome:
        """Write down how far it is, so that a power cut does not undo that."""
        words = outcome.said if said is None else said
        now = outcome.model_copy(update={"state": state, "said": words, "at": self.clock()})
        data = now.model_dump_json(indent=2).encode()
        put_file(inside(self.root, OUTCOME), data, _PRIVATE, durable=True)
        return now

    def _settled(self, job: FirstBootJob, now: FirstBootOutcome) -> FirstBootOutcome:
        """Nothing looks for the job any more once nothing is left to try."""
        if now.state in ("done", "given-up"):
            inside(self.root, pending(job.ordering)).unlink(missing_ok=True)
        return now

    def _parts(self, job: FirstBootJob) -> Iterator[Part]:
        if job.files:
            yield "files", lambda: self._write(job)
        if job.packages:
            yield "packages", lambda: self._install(job)
        if job.enable or job.disable or job.mask:
            yield "units", lambda: self._switch(job)
        if job.has_program:
            yield "program", lambda: self._run(job)

    def _write(self, job: FirstBootJob) -> None:
        for file in job.files:
            place = inside(self.root, file.path)
            put_file(place, file.content.encode(), file.mode, durable=True)

    def _install(self, job: FirstBootJob) -> None:
        wait = "-oDPkg::Lock::Timeout=600"  # the host's own timers may be at it
        keep = ("-oDpkg::Options::=--force-confdef", "-oDpkg::Options::=--force-confold")
        for argv in (
            ("apt-get", wait, "update"),
            ("apt-get", wait, *keep, "install", "--yes", "--", *job.packages),
        ):
            self.run(argv, timeout=_APT_SECONDS, env=_APT, on_line=self.tell)

    def _switch(self, job: FirstBootJob) -> None:
        # What was written may be units, and settings of units.
        self.run(["systemctl", "daemon-reload"])
        for verb, units in (("mask", job.mask), ("disable", job.disable), ("enable", job.enable)):
            if units:
                argv = ("systemctl", verb, "--no-block", "--now", "--", *units)
                self.run(argv, timeout=_SYSTEMCTL_SECONDS)

    def _run(self, job: FirstBootJob) -> None:
        program, log = inside(self.root, PROGRAM), inside(self.root, LOG)
        said = run_user_program(self.run, program, log, job.timeout_seconds, where=PROGRAM)
        if said:
            self.tell(said)
