"""Runs a plan's steps in order, writes down what became of each, and leaves nothing held.

Neighbouring steps that have nothing to do with each other run side by side. The last look at the
disks comes right before the first step that destroys something.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass
from itertools import groupby

from bedplate.apply.artefacts import Artefacts
from bedplate.apply.claims import Claims
from bedplate.apply.devices import wait_for_partitions
from bedplate.apply.execute import Machine, execute
from bedplate.apply.gate import LookAgain, check_unchanged
from bedplate.apply.host_keys import HostKeys
from bedplate.apply.interrupt import interruptible, raise_if_interrupted
from bedplate.apply.journal import Journal
from bedplate.apply.root import RUNTIME, Root
from bedplate.errors import BedplateError
from bedplate.events import Clock, Sink, What
from bedplate.model.plan import Plan
from bedplate.model.request import Secrets
from bedplate.model.step import (
    ClearDisk,
    CreateBtrfs,
    CreatePool,
    FillEsp,
    FormatEsp,
    FormatSwap,
    InstallBiosGrub,
    MakeHostKeys,
    MarkInstalled,
    PartitionDisk,
    Phase,
    SetPassword,
    Step,
)
from bedplate.run import Runner

# Neighbours of one group touch different disks or different files. Boot entries are in none: the
# order they are added in is the firmware's boot order.
_GROUPS: Mapping[type, str] = {
    ClearDisk: "clear",
    PartitionDisk: "partition",
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
    """How to run plans on this machine."""

    run: Runner
    look_again: LookAgain
    journal: Journal
    sinks: tuple[Sink, ...]
    artefacts: Artefacts

    def start(self, plan: Plan, secrets: Secrets) -> None:
        """Carry a new plan out.

        Raises `RefusedError` if the disks changed, `ApplyError` or `CommandError` if a step fails,
        `InterruptedRunError` on a signal; in every case nothing stays mounted or imported.
        """
        with self.journal.locked():
            self.journal.begin(plan)
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
            machine = Machine(plan, self.run, clock, self.artefacts, root, keys, claims, secrets)
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

    def _steps(self, machine: Machine, done: frozenset[str]) -> None:
        begun = any(step.id in done and _writes(step) for step in machine.plan.steps)
        looked = False
        for batch in batches(machine.plan.steps):
            try:
                if not looked and any(_writes(s) and s.id not in done for s in batch):
                    check_unchanged(machine.plan, self.look_again, begun=begun)
                    looked = True
                    _begin_early(machine, done)
                raise_if_interrupted()
                _run_batch(batch, machine, done)
            except BedplateError:
                raise_if_interrupted()  # then what failed did so because its programs were ended
                raise


def batches(steps: tuple[Step, ...]) -> Iterator[tuple[Step, ...]]:
    """Neighbouring steps of one group together; all others singly."""
    for _, group in groupby(steps, key=_batch_key):
        yield tuple(group)


def _begin_early(machine: Machine, done: frozenset[str]) -> None:
    """Have made what a later step wants, while disks are waited for."""
    if any(isinstance(step, MakeHostKeys) and step.id not in done for step in machine.plan.steps):
        machine.host_keys.begin()


def _writes(step: Step) -> bool:
    return step.phase is not Phase.CHECK


def _batch_key(step: Step) -> str:
    return _GROUPS.get(type(step), step.id)


def _run_batch(batch: tuple[Step, ...], machine: Machine, done: frozenset[str]) -> None:
    with ThreadPoolExecutor(max_workers=len(batch)) as pool:
        futures = [pool.submit(_run_step, step, machine, done) for step in batch]
        wait(futures, return_when=FIRST_EXCEPTION)
        for future in futures:
            future.result()
    disks = {step.disk for step in batch if isinstance(step, PartitionDisk)}
    if disks:
        machine.claims.release()
        planned = tuple(disk for disk in machine.plan.disks if disk.id in disks)
        wait_for_partitions(planned, machine.run)


def _run_step(step: Step, machine: Machine, done: frozenset[str]) -> None:
    say = machine.clock.say
    if step.id in done:
        say(What.STEP_SKIPPED, phase=step.phase, step=step.id, text=step.summary)
        return
    say(What.STEP_STARTED, phase=step.phase, step=step.id, text=step.summary)
    try:
        execute(step, machine)
    except BedplateError as error:
        say(What.STEP_FAILED, phase=step.phase, step=step.id, text=str(error))
        raise
    say(What.STEP_DONE, phase=step.phase, step=step.id, text=step.summary)
