"""Runs the operator's own programs during an installation."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from bedplate.apply.files import put_file
from bedplate.apply.interrupt import shielded
from bedplate.apply.mounts import mounted_below, unmount_others
from bedplate.apply.user_program import run_user_program
from bedplate.errors import ApplyError, BedplateError, Problem
from bedplate.model.facts import Facts
from bedplate.model.hook import HOOKS_FOLDER
from bedplate.model.plan import Plan
from bedplate.model.step import RunHook
from bedplate.run import Runner

FOLDER = Path(HOOKS_FOLDER)

_PROGRAM = 0o700
_PRIVATE = 0o600
_NOTHING_YET = "nothing was written to any disk; `bedplate resume` runs it again"
_HINT = "`bedplate resume` runs it again and goes on from there; or start anew"


@dataclass(frozen=True, slots=True)
class Hooks:
    """How programs are run for a plan: `look` reads the machine, all that they print is kept."""

    run: Runner
    look: Callable[[], Facts | None]
    folder: Path = FOLDER

    def carry_out(self, step: RunHook, plan: Plan, root: Path | None) -> None:
        """Run one of them; it reads the plan and the facts as JSON, and `root` is the new system.

        What it leaves running is ended, what it leaves mounted in there is unmounted. Raises
        `ApplyError` if it does not end with 0 in its time, or is not the program that was planned.
        """
        if hashlib.sha256(step.data()).hexdigest() != step.sha256:
            message = "is not the program that was planned: its checksum is another"
            raise ApplyError(Problem("program-changed", step.name, message, "make a new plan"))
        with self._placed(step, plan, root) as (program, told), _left_as_it_was(self.run, root):
            log = self.folder / "log"
            ended = run_user_program(
                program,
                log,
                step.timeout_seconds,
                stdin=told,
                env={"BEDPLATE_POINT": step.point, "BEDPLATE_ROOT": str(root or "")},
            )
            next_step = _NOTHING_YET if step.point == "before-partitioning" else _HINT
            ended.check(step.name, f"{next_step}; all that it printed is in {log}")

    def forget(self) -> None:
        """Take away what programs of earlier runs printed."""
        shutil.rmtree(self.folder, ignore_errors=True)

    @contextmanager
    def _placed(self, step: RunHook, plan: Plan, root: Path | None) -> Iterator[tuple[Path, Path]]:
        """The program, and what it is told, as files while it runs."""
        facts = self.look()
        told = {
            "version": 1,
            "point": step.point,
            "root": None if root is None else str(root),
            "plan": plan.model_dump(mode="json"),
            "facts": None if facts is None else facts.model_dump(mode="json"),
        }
        program, said = self.folder / "program", self.folder / "input.json"
        try:
            put_file(program, step.data(), _PROGRAM)
            put_file(said, json.dumps(told).encode(), _PRIVATE)
            yield program, said
        except OSError as error:
            message = f"cannot be run: {error.strerror} ({self.folder})"
            raise ApplyError(Problem("program-not-run", step.name, message, _HINT)) from error
        finally:
            for place in (program, said):
                with suppress(OSError):
                    place.unlink()


@contextmanager
def _left_as_it_was(run: Runner, root: Path | None) -> Iterator[None]:
    """With nothing more mounted in the new system afterwards: it could not be let go of."""
    if root is None:
        yield
        return
    before = mounted_below(root)
    try:
        yield
    except BedplateError:
        # Why it failed matters more; what stays is named when the new system is let go of.
        with shielded(), suppress(BedplateError):
            unmount_others(run, root, before)
        raise
    unmount_others(run, root, before)
