"""The engine: order, resuming, the last look, and nothing held at the end."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Collection
from pathlib import Path

import pytest

from bedplate.apply import boot
from bedplate.apply import engine as engine_module
from bedplate.apply import root as root_module
from bedplate.apply.artefacts import Artefacts
from bedplate.apply.engine import GROUPS, Apply
from bedplate.apply.execute import Machine
from bedplate.apply.interrupt import interruptible
from bedplate.apply.journal import Journal
from bedplate.apply.stepper import batches
from bedplate.errors import (
    ApplyError,
    CommandError,
    InterruptedRunError,
    Problem,
    RefusedError,
    UsageError,
)
from bedplate.events import Event, What
from bedplate.model.facts import DiskFact, Signature
from bedplate.model.plan import Plan
from bedplate.model.request import Secrets
from bedplate.model.step import (
    AddBootEntry,
    ClearDisk,
    CreateArray,
    CreateBtrfs,
    CreatePool,
    CreateVolumeGroup,
    FillEsp,
    InstallBiosGrub,
    MakeHostKeys,
    Phase,
    Step,
    VerifyArtefact,
    WriteFiles,
)
from bedplate.run import Result, run
from tests.support.plans import disk_fact, disk_plan, plan_of

CHECK = VerifyArtefact(
    id="check",
    phase=Phase.CHECK,
    summary="check",
    artefact="x",
    sha256="0",
    size_bytes=1,
    pieces=(),
)
WRITE = WriteFiles(id="write", phase=Phase.CONFIGURE, summary="write")
KEYS = MakeHostKeys(id="make-host-keys", phase=Phase.CONFIGURE, summary="keys")


def clear(disk: str) -> ClearDisk:
    return ClearDisk(id=f"clear:{disk}", phase=Phase.CLEAR, summary="clear", disk=disk)


def fill(disk: str) -> FillEsp:
    return FillEsp(
        id=f"fill-esp:{disk}",
        phase=Phase.BOOT,
        summary="fill",
        disk=disk,
        partition_guid="g",
        copies=(),
        texts=(),
    )


def entry(disk: str) -> AddBootEntry:
    return AddBootEntry(
        id=f"entry:{disk}",
        phase=Phase.BOOT,
        summary="entry",
        disk=disk,
        partition_guid="g",
        label="l",
        loader="x",
    )


class Bench:
    """An engine whose steps only say that they ran, and a machine that can be changed."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ran: list[str] = []
        self.closed = 0
        self.events: list[Event] = []
        self.failing: dict[str, BaseException] = {}
        self.disks = {"one": disk_fact("one"), "two": disk_fact("two")}
        self.journal = Journal(Plan, folder)
        self.apply = Apply(
            run,
            self.look_again,
            self.journal,
            (self.events.append,),
            Artefacts(folder),
            hooks=folder / "hooks",
        )
        monkeypatch.setattr(engine_module, "execute", self.execute)
        monkeypatch.setattr(root_module.Root, "close", lambda _: self.close())

    def look_again(self, only: Collection[str]) -> tuple[DiskFact, ...]:
        return tuple(self.disks[name] for name in only if name in self.disks)

    def execute(self, step: Step, _machine: Machine) -> None:
        if step.id in self.failing:
            raise self.failing[step.id]
        self.ran.append(step.id)

    def close(self) -> None:
        self.closed += 1


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    return Bench(tmp_path, monkeypatch)


@pytest.fixture
def plan() -> Plan:
    disks = (disk_plan("one"), disk_plan("two"))
    return plan_of(CHECK, clear("one"), clear("two"), WRITE, disks=disks)


def failure() -> ApplyError:
    return ApplyError(Problem("x", "y", "failed"))


def test_steps_that_touch_different_things_go_side_by_side_and_boot_entries_do_not() -> None:
    steps = (CHECK, clear("a"), clear("b"), WRITE, KEYS, fill("a"), entry("a"), entry("b"))
    assert [[step.id for step in batch] for batch in batches(steps, GROUPS)] == [
        ["check"],
        ["clear:a", "clear:b"],
        ["write"],
        ["make-host-keys", "fill-esp:a"],
        ["entry:a"],
        ["entry:b"],
    ]


@pytest.mark.parametrize(
    ("create", "beside"),
    [(CreatePool, True), (CreateBtrfs, True), (CreateArray, False), (CreateVolumeGroup, False)],
)
def test_what_is_made_of_data_partitions_only_is_made_beside_boot_loaders(
    create: type[CreatePool | CreateBtrfs | CreateArray | CreateVolumeGroup], beside: bool
) -> None:
    grub = InstallBiosGrub(
        id="grub", phase=Phase.STORAGE, summary="", disk="a", partition_guid="g", reads="esp"
    )
    steps = (grub, create(id="create", phase=Phase.STORAGE, summary=""))
    assert len(list(batches(steps, GROUPS))) == (1 if beside else 2)


def test_a_run_carries_out_every_step_once(bench: Bench, plan: Plan) -> None:
    bench.apply.start(plan, Secrets())
    assert sorted(bench.ran) == ["check", "clear:one", "clear:two", "write"]
    assert bench.events[-1].what is What.RUN_DONE


def test_a_finished_run_taken_up_again_does_nothing_and_does_not_even_look(
    bench: Bench, plan: Plan
) -> None:
    bench.apply.start(plan, Secrets())
    bench.ran.clear()
    bench.disks.clear()
    assert bench.apply.resume(Secrets()) == plan
    assert bench.ran == []


def test_without_a_run_there_is_nothing_to_resume(bench: Bench) -> None:
    with pytest.raises(UsageError, match="no run to take up"):
        bench.apply.resume(Secrets())


def test_a_failed_run_closes_what_it_held_and_resumes_behind_the_last_good_step(
    bench: Bench, plan: Plan
) -> None:
    bench.failing["write"] = failure()
    with pytest.raises(ApplyError):
        bench.apply.start(plan, Secrets())
    assert bench.closed == 1
    bench.failing.clear()
    bench.ran.clear()
    assert bench.apply.resume(Secrets()) == plan
    assert bench.ran == ["write"]


def test_a_changed_disk_stops_the_run_before_anything_is_written(bench: Bench, plan: Plan) -> None:
    changed = bench.disks["two"].model_copy(update={"signatures": (Signature(kind="ext4"),)})
    bench.disks["two"] = changed
    with pytest.raises(RefusedError) as caught:
        bench.apply.start(plan, Secrets())
    assert [problem.where for problem in caught.value.problems] == ["two"]
    assert bench.ran == ["check"]


def test_a_resumed_run_accepts_disks_that_it_changed_itself_but_no_others(
    bench: Bench, plan: Plan
) -> None:
    bench.failing["write"] = failure()
    with pytest.raises(ApplyError):
        bench.apply.start(plan, Secrets())
    bench.failing.clear()
    bench.disks["one"] = bench.disks["one"].model_copy(update={"table": "gpt"})
    bench.disks["two"] = bench.disks["two"].model_copy(update={"serial": "another"})
    with pytest.raises(RefusedError) as caught:
        bench.apply.resume(Secrets())
    assert [problem.where for problem in caught.value.problems] == ["two"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_run_as_interrupted_and_closes_what_it_held(
    bench: Bench, plan: Plan, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    def receive_signal(step: Step, machine: Machine) -> None:
        if step.id == "write":
            os.kill(os.getpid(), number)
        bench.execute(step, machine)

    monkeypatch.setattr(engine_module, "execute", receive_signal)
    with pytest.raises(InterruptedRunError, match=number.name):
        bench.apply.start(plan, Secrets())
    assert bench.closed == 1
    assert bench.events[-1].what is What.RUN_FAILED


def test_a_signal_waits_for_the_steps_beside_it_and_lets_no_further_one_start(
    bench: Bench, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing may be closed while a thread of the batch still works on it."""
    received = threading.Event()

    def work_on(step: Step, machine: Machine) -> None:
        if step.id == "clear:one":
            os.kill(os.getpid(), signal.SIGTERM)
            received.set()
            raise failure()
        if step.id == "clear:two":
            received.wait()
            assert bench.closed == 0
        bench.execute(step, machine)

    monkeypatch.setattr(engine_module, "execute", work_on)
    with pytest.raises(InterruptedRunError, match="SIGTERM"):
        bench.apply.start(plan, Secrets())
    assert (bench.ran, bench.closed) == (["check", "clear:two"], 1)


def test_a_second_signal_while_things_are_given_back_changes_nothing(
    bench: Bench, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    def close(_root: object) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        bench.close()

    def receive_signal(step: Step, machine: Machine) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        bench.execute(step, machine)

    monkeypatch.setattr(engine_module, "execute", receive_signal)
    monkeypatch.setattr(root_module.Root, "close", close)
    with pytest.raises(InterruptedRunError, match="SIGINT"):
        bench.apply.start(plan, Secrets())
    assert (bench.ran, bench.closed) == (["check"], 1)


def test_a_firmware_entry_that_was_cut_short_is_not_taken_for_a_refusal(
    plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(boot, "disk_path", Path)
    disk = plan.disks[0]

    def ended(*_args: object, **_options: object) -> Result:
        os.kill(os.getpid(), signal.SIGTERM)
        raise CommandError(Problem("command-failed", "efibootmgr", "was ended by signal 15"))

    with pytest.raises(InterruptedRunError), interruptible(at_once=False):
        boot.add_boot_entry(ended, entry("one"), disk, disk.partitions[0])


def test_two_runs_do_not_happen_at_once(bench: Bench, plan: Plan) -> None:
    with bench.journal.locked(), pytest.raises(RefusedError, match="another bedplate run"):
        bench.apply.start(plan, Secrets())
    assert bench.ran == []
