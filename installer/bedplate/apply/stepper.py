"""Carries out the steps of any plan in order: each once, said and written down, some side by side.

What they do is not known here. The last look at the disks comes right before the first step that
writes something.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from itertools import groupby
from typing import Generic, TypeVar

from bedplate.apply.claims import Claims
from bedplate.apply.devices import wait_for_partitions
from bedplate.apply.interrupt import raise_if_interrupted
from bedplate.errors import BedplateError
from bedplate.events import Clock, What
from bedplate.model.plan import DiskPlan
from bedplate.model.step import ClearDisk, PartitionDisk, Phase, WorkStep
from bedplate.run import Runner

S = TypeVar("S", bound=WorkStep)
# Disks are wiped under one lock, and get their tables side by side; see `Claims`.
DISK_GROUPS: Mapping[type, str] = {ClearDisk: "clear", PartitionDisk: "partition"}


@dataclass(frozen=True, slots=True)
class Stepper(Generic[S]):
    """How steps of one kind of plan are carried out.

    `disks` are the tables that its steps write. Neighbours of one group of `groups`, by their type,
    run side by side.
    """

    run: Runner
    clock: Clock
    claims: Claims
    disks: tuple[DiskPlan, ...]
    execute: Callable[[S], None]
    groups: Mapping[type, str] = field(default_factory=dict)

    def carry_out(
        self, steps: tuple[S, ...], done: frozenset[str], before_writing: Callable[[], None]
    ) -> None:
        """Run every step that is not `done`; raises what the first one that fails does."""
        looked = False
        for batch in batches(steps, self.groups):
            try:
                if not looked and any(writes(s) and s.id not in done for s in batch):
                    before_writing()
                    looked = True
                raise_if_interrupted()
                self._batch(batch, done)
            except BedplateError:
                raise_if_interrupted()  # then what failed did so because its programs were ended
                raise

    def _batch(self, batch: tuple[S, ...], done: frozenset[str]) -> None:
        with ThreadPoolExecutor(max_workers=len(batch)) as pool:
            futures = [pool.submit(self._step, step, done) for step in batch]
            wait(futures, return_when=FIRST_EXCEPTION)
            for future in futures:
                future.result()
        written = {step.disk for step in batch if isinstance(step, PartitionDisk)}
        if written:
            self.claims.release()
            wait_for_partitions(tuple(d for d in self.disks if d.id in written), self.run)

    def _step(self, step: S, done: frozenset[str]) -> None:
        say = self.clock.say
        if step.id in done:
            say(What.STEP_SKIPPED, phase=step.phase, step=step.id, text=step.summary)
            return
        say(What.STEP_STARTED, phase=step.phase, step=step.id, text=step.summary)
        try:
            self.execute(step)
        except BedplateError as error:
            say(What.STEP_FAILED, phase=step.phase, step=step.id, text=str(error))
            raise
        say(What.STEP_DONE, phase=step.phase, step=step.id, text=step.summary)


def batches(steps: tuple[S, ...], groups: Mapping[type, str]) -> Iterator[tuple[S, ...]]:
    """Neighbouring steps of one group together; all others singly."""
    for _, group in groupby(steps, key=lambda step: groups.get(type(step), step.id)):
        yield tuple(group)


def writes(step: WorkStep) -> bool:
    """Whether a step changes anything on a disk."""
    return step.phase is not Phase.CHECK
