"""Runs the operator's own programs during an installation."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bedplate.apply.files import put_file
from bedplate.apply.user_program import run_user_program
from bedplate.model.facts import Facts
from bedplate.model.plan import Plan
from bedplate.model.step import RunHook
from bedplate.run import Runner

FOLDER = Path("/var/lib/bedplate/hooks")
"""Not below /run, from which Debian lets no program be run."""

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

        Raises `ApplyError` if it does not end with 0 in its time.
        """
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
            run_user_program(
                self.run,
                program,
                self.folder / "log",
                step.timeout_seconds,
                where=step.name,
                stdin=said,
                env={"BEDPLATE_POINT": step.point, "BEDPLATE_ROOT": str(root or "")},
                hint=f"{_NOTHING_YET if step.point == 'before-partitioning' else _HINT}; all that "
                f"it printed is in {self.folder / 'log'}",
            )
        finally:
            for place in (program, said):
                place.unlink(missing_ok=True)

    def forget(self) -> None:
        """Take away what programs of earlier runs printed."""
        shutil.rmtree(self.folder, ignore_errors=True)
