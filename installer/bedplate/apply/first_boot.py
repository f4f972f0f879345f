"""Does what a host is to do at its first start: each part once, and not more often than agreed.

An attempt is counted before it begins, so that a program which takes the host down with it is not
started for ever.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from bedplate.apply.files import inside, put_file
from bedplate.apply.user_program import Ended, run_user_program
from bedplate.errors import (
    ApplyError,
    BedplateError,
    InterruptedRunError,
    Problem,
    UsageError,
)
from bedplate.model.first_boot import (
    JOB,
    LOG,
    OUTCOME,
    PROGRAM,
    FirstBootJob,
    FirstBootOutcome,
    pending,
)
from bedplate.model.invalid import problems_in
from bedplate.render import apt_argv
from bedplate.run import Runner

_PRIVATE = 0o600
_APT_SECONDS = 3600.0
_SYSTEMCTL_SECONDS = 600.0
_APT = {**apt_argv.NONINTERACTIVE, "APT_LISTCHANGES_FRONTEND": "none"}
# dpkg(1): what it was doing, if it was cut off. apt looks there, and refuses to go on.
_DPKG_UPDATES = "/var/lib/dpkg/updates"

Part = tuple[str, Callable[[], Ended | None]]


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
        if there is no job, or it is not known what of it was done, and what a signal raises.
        """
        job = self._job()
        last = before or FirstBootOutcome(state="waiting")
        if last.state == "unreadable":
            hint = "remove it and run `bedplate first-boot run --again`: all of it is done anew"
            raise UsageError(Problem("outcome-invalid", OUTCOME, last.said, hint))
        if again and last.state != "done":
            last = last.model_copy(update={"attempts": 0, "state": "failed"})
        if last.state == "done" or last.attempts >= job.attempts:
            if last.state == "running":
                last = self._keep(last, "given-up", "the host went down in the last attempt")
            return self._settled(job, last)
        return self._settled(job, self._attempt(job, last))

    def _attempt(self, job: FirstBootJob, last: FirstBootOutcome) -> FirstBootOutcome:
        """Count an attempt, and do every part that is left, up to one that fails."""
        # `again` is heard after the last attempt too, when nothing looks for the job any more.
        self._put(pending(job.ordering), b"", _PRIVATE)
        begun = {"attempts": last.attempts + 1, "began": self.clock(), "exit_code": None}
        now = self._keep(last.model_copy(update=begun), "running", "")
        try:
            for name, do in self._parts(job):
                if name in now.done:
                    continue
                self.tell(f"first boot, attempt {now.attempts} of {job.attempts}: {name}")
                if (ended := do()) is not None:
                    now = now.model_copy(update={"exit_code": ended.code})
                    ended.check(PROGRAM)
                now = self._keep(now.model_copy(update={"done": (*now.done, name)}), "running", "")
        except InterruptedRunError:
            raise
        except BedplateError as error:
            over = now.attempts >= job.attempts
            return self._keep(now, "given-up" if over else "failed", str(error))
        return self._keep(now, "done", "")

    def _job(self) -> FirstBootJob:
        place = inside(self.root, JOB)
        try:
            return FirstBootJob.model_validate_json(place.read_text(errors="replace"))
        except FileNotFoundError:
            message = "is not there: this host has nothing to do at its first start"
            raise UsageError(Problem("no-first-boot", JOB, message)) from None
        except OSError as error:
            message = f"cannot be read: {error.strerror}"
            raise UsageError(Problem("job-invalid", JOB, message)) from error
        except ValidationError as error:
            raise UsageError(problems_in(error, "job-invalid", JOB)) from error

    def _keep(self, outcome: FirstBootOutcome, state: str, said: str) -> FirstBootOutcome:
        """Write down how far it is, so that a power cut does not undo that."""
        now = outcome.model_copy(update={"state": state, "said": said, "at": self.clock()})
        self._put(OUTCOME, now.model_dump_json(indent=2).encode(), _PRIVATE)
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
            self._put(file.path, file.content.encode(), file.mode)

    def _put(self, path: str, data: bytes, mode: int) -> None:
        try:
            put_file(inside(self.root, path), data, mode, durable=True)
        except OSError as error:
            message = f"cannot be written: {error.strerror}"
            raise ApplyError(Problem("not-written", path, message)) from error

    def _install(self, job: FirstBootJob) -> None:
        commands = [apt_argv.update_what_can_be(), apt_argv.install(job.packages)]
        if self._is_dpkg_interrupted():
            commands.insert(0, apt_argv.finish_interrupted())
        for argv in commands:
            self.run(argv, timeout=_APT_SECONDS, env=_APT, on_line=self.tell)

    def _is_dpkg_interrupted(self) -> bool:
        folder = inside(self.root, _DPKG_UPDATES)
        return folder.is_dir() and any(one.name.isdecimal() for one in folder.iterdir())

    def _switch(self, job: FirstBootJob) -> None:
        # What was written may be units, and settings of units.
        self.run(["systemctl", "daemon-reload"])
        for verb, units in (("mask", job.mask), ("disable", job.disable), ("enable", job.enable)):
            if units:
                argv = ("systemctl", verb, "--no-block", "--now", "--", *units)
                self.run(argv, timeout=_SYSTEMCTL_SECONDS)

    def _run(self, job: FirstBootJob) -> Ended:
        program, log = inside(self.root, PROGRAM), inside(self.root, LOG)
        return run_user_program(program, log, job.timeout_seconds, tell=self.tell)
