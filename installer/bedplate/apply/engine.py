"""Installs: runs a plan's steps, writes down what became of each, and leaves nothing held."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bedplate.apply.artefacts import Artefacts
from bedplate.apply.claims import Claims
from bedplate.apply.execute import Machine, execute
from bedplate.apply.gate import LookAgain, check_unchanged
from bedplate.apply.hooks import FOLDER, Hooks
from bedplate.apply.host_keys import HostKeys
from bedplate.apply.interrupt import interruptible
from bedplate.apply.journal import Journal
from bedplate.apply.root import RUNTIME, Root
from bedplate.apply.stepper import DISK_GROUPS, Stepper, writes
from bedplate.errors import BedplateError
from bedplate.events import Clock, Sink, What
from bedplate.model.facts import Facts
from bedplate.model.plan import Plan
from bedplate.model.request import Secrets
from bedplate.model.step import (
    CreateBtrfs,
    CreatePool,
    FillEsp,
    FormatEsp,
    FormatSwap,
    InstallBiosGrub,
    MakeHostKeys,
    MarkInstalled,
    SetPassword,
    Step,
)
from bedplate.run import Runner

# Neighbours of one group touch different disks or different files. Boot entries are in none: the
# order they are added in is the firmware's boot order.
GROUPS: Mapping[type, str] = {
    **DISK_GROUPS,
    FormatEsp: "format",
    FormatSwap: "swap",
    CreatePool: "fill",
    CreateBtrfs: "fill",
    SetPassword: "fill",
    MakeHostKeys: "fill",
    FillEsp: "fill",
    InstallBiosGrub: "fill",
    MarkInstalled: "mark",
}


@dataclass(frozen=True, slots=True)
class Apply:
    """How to run plans on this machine; `look` reads it for the operator's own programs."""

    run: Runner
    look_again: LookAgain
    journal: Journal[Plan]
    sinks: tuple[Sink, ...]
    artefacts: Artefacts
    look: Callable[[], Facts | None] = lambda: None
    hooks: Path = FOLDER

    def start(self, plan: Plan, secrets: Secrets) -> None:
        """Carry a new plan out.

        Raises `RefusedError` if the disks changed, `ApplyError` or `CommandError` if a step fails,
        `InterruptedRunError` on a signal; in every case nothing stays mounted or imported.
        """
        with self.journal.locked():
            self.journal.begin(plan)
            self._hooks().forget()
            self._run(plan, secrets, frozenset())

    def resume(self, secrets: Secrets) -> Plan:
        """Take the recorded run up again where it stopped; returns its plan.

        A run that had come to its end is gone through once more without doing anything.
        """
        with self.journal.locked():
            plan = self.journal.plan()
            self._run(plan, secrets, self.journal.done())
        return plan

    def _run(self, plan: Plan, secrets: Secrets, done: frozenset[str]) -> None:
        with self.journal.sink() as written:
            clock = Clock((written, *self.sinks))
            clock.say(What.RUN_STARTED, text=f"{plan.layout} on {len(plan.disks)} disk(s)")
            root = Root(plan, self.run, passphrase=secrets.passphrase)
            keys = HostKeys(self.run, RUNTIME / "host-keys")
            claims = Claims(tuple(disk.id for disk in plan.made_for))
            hooks = self._hooks()
            machine = Machine(
                plan, self.run, clock, self.artefacts, root, keys, claims, hooks, secrets
            )
            try:
                # Not at once: the threads of a batch must have ended before anything is closed.
                with interruptible(at_once=False):
                    try:
                        self._steps(machine, done)
                    finally:
                        claims.release()
                        keys.close()
                        root.close()
            except BedplateError as error:
                clock.say(What.RUN_FAILED, text=str(error))
                raise
            clock.say(What.RUN_DONE)

    def _hooks(self) -> Hooks:
        return Hooks(self.run, self.look, self.hooks)

    def _steps(self, machine: Machine, done: frozenset[str]) -> None:
        plan = machine.plan
        begun = any(step.id in done and writes(step) for step in plan.steps)

        def before_writing() -> None:
            check_unchanged(plan.made_for, self.look_again, begun=begun)
            _begin_early(machine, done)

        stepper: Stepper[Step] = Stepper(
            self.run,
            machine.clock,
            machine.claims,
            plan.disks,
            lambda step: execute(step, machine),
            GROUPS,
        )
        stepper.carry_out(plan.steps, done, before_writing)


def _begin_early(machine: Machine, done: frozenset[str]) -> None:
    """Have made what a later step wants, while disks are waited for."""
    if any(isinstance(step, MakeHostKeys) and step.id not in done for step in machine.plan.steps):
        machine.host_keys.begin()
