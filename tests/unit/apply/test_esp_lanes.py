"""Lanes of a sync: side by side, and one failing alone; folders stand in for ESPs."""

from __future__ import annotations

import hashlib
import os
import signal
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bedplate.apply import esp_sync, interrupt
from bedplate.apply.esp_sync import EspSync
from bedplate.errors import CommandError, InterruptedRunError, Problem
from bedplate.events import Clock, Event, What
from bedplate.model.esp_sync import EspStep, Lane, MendFat, PutFile, PutFiles, RemoveFiles, Stage
from bedplate.run import Result

HERE = "/dev/sda2 (A disk)"


@dataclass
class Machine:
    """Mounts are folders below `mounts`; every command line is noted, and those named fail."""

    mounts: Path
    failing: tuple[str, ...] = ()
    ran: list[str] = field(default_factory=list)
    said: list[Event] = field(default_factory=list)
    codes: dict[str, int] = field(default_factory=dict)

    def run(self, argv: Sequence[str | Path], **options: Any) -> Result:
        words = tuple(map(str, argv))
        self.ran.append(words[0])
        if words[0] in self.failing:
            raise CommandError(Problem("command-failed", words[0], "ended with 1: no"))
        return Result(words, self.codes.get(words[0], 0), "", "it is broken")

    def sync(self, root: Path) -> EspSync:
        return EspSync(self.run, Clock((self.said.append,)), root)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    monkeypatch.setattr(esp_sync, "MOUNTS", tmp_path / "mounts")
    monkeypatch.setattr(esp_sync, "_device", lambda lane: Path(lane.path))
    monkeypatch.setattr(esp_sync, "disk_path", lambda disk: Path("/dev") / disk)
    return Machine(tmp_path / "mounts")


def text(path: str, content: str = "x") -> PutFiles:
    checksum = hashlib.sha256(content.encode()).hexdigest()
    file = PutFile(path=path, size_bytes=len(content), sha256=checksum, content=content)
    return PutFiles(stage=Stage.MENUS, summary=f"Write {path}", files=(file,))


def remove(*paths: str) -> RemoveFiles:
    return RemoveFiles(stage=Stage.STALE_FILES, summary="Remove files", paths=paths)


def lane(letter: str, *steps: EspStep, bios: bool = False) -> Lane:
    return Lane(
        disk=f"sd{letter}",
        title=f"{letter.upper()} disk",
        path=f"/dev/sd{letter}2",
        number=2,
        fat_id=letter,
        steps=steps,
        install_bios_grub=bios,
    )


def files_of(machine: Machine, letter: str) -> set[str]:
    esp = machine.mounts / letter
    return {p.relative_to(esp).as_posix() for p in esp.rglob("*") if p.is_file()}


def test_nothing_to_do_mounts_nothing(machine: Machine, tmp_path: Path) -> None:
    assert machine.sync(tmp_path).apply([lane("a"), lane("b")]) == ()
    assert (machine.ran, machine.said) == ([], [])


def test_steps_are_done_in_order_and_sources_are_those_of_the_host(
    machine: Machine, tmp_path: Path
) -> None:
    (tmp_path / "boot").mkdir()
    (tmp_path / "boot/vmlinuz").write_bytes(b"kernel")
    checksum = hashlib.sha256(b"kernel").hexdigest()
    changed = (tmp_path / "boot/vmlinuz").stat().st_mtime_ns
    kernel = PutFile(
        path="linux", size_bytes=6, sha256=checksum, source="/boot/vmlinuz", mtime_ns=changed
    )
    put = PutFiles(stage=Stage.KERNELS, summary="Write the kernel", files=(kernel,))
    steps = (text("old"), put, remove("old"))
    assert machine.sync(tmp_path).apply([lane("a", *steps)]) == ()
    assert files_of(machine, "a") == {"linux"}
    assert (machine.mounts / "a/linux").read_bytes() == b"kernel"
    assert [event.what for event in machine.said] == [What.STEP_STARTED, What.STEP_DONE] * 3


def test_one_that_fails_does_not_stop_the_others(machine: Machine, tmp_path: Path) -> None:
    (machine.mounts / "a/taken").mkdir(parents=True)
    lanes = [lane("a", text("taken"), text("never")), lane("b", text("menu"))]
    (problem,) = machine.sync(tmp_path).apply(lanes)
    assert (problem.code, problem.where) == ("esp-write-failed", HERE)
    assert (files_of(machine, "a"), files_of(machine, "b")) == (set(), {"menu"})


def test_every_failure_is_told(machine: Machine, tmp_path: Path) -> None:
    machine.failing = ("mount",)
    problems = machine.sync(tmp_path).apply([lane("a", text("x")), lane("b", text("x"))])
    assert [problem.code for problem in problems] == ["command-failed", "command-failed"]


def test_grub_comes_last_and_not_where_its_esp_failed(machine: Machine, tmp_path: Path) -> None:
    (machine.mounts / "a/taken").mkdir(parents=True)
    lanes = [lane("a", text("taken"), bios=True), lane("b", text("menu"), bios=True)]
    assert len(machine.sync(tmp_path).apply([*lanes, lane("c", bios=True)])) == 1
    # The two mounts of the lanes come first, in any order; c is mounted when it is its turn.
    assert machine.ran == ["mount", "mount", "grub-install", "mount", "grub-install"]


def test_what_fsck_cannot_mend_is_told(machine: Machine, tmp_path: Path) -> None:
    mend = MendFat(stage=Stage.MEND, summary="Mend it")
    machine.codes = {"fsck.fat": 1}
    assert machine.sync(tmp_path).apply([lane("a", mend)]) == ()
    machine.codes = {"fsck.fat": 2}
    (problem,) = machine.sync(tmp_path).apply([lane("a", mend)])
    assert problem.message == "cannot be mended: it is broken"


def test_a_signal_ends_every_lane_between_two_steps(
    machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrived = threading.Event()
    monkeypatch.setattr(interrupt, "stop_programs", arrived.set)

    class Signalled(Machine):
        def run(self, argv: Sequence[str | Path], **options: Any) -> Result:
            os.kill(os.getpid(), signal.SIGTERM)
            assert arrived.wait(60.0)  # the main thread takes it, in its own time
            return super().run(argv, **options)

    stopped = Signalled(machine.mounts)
    with pytest.raises(InterruptedRunError, match=r"stopped by SIGTERM.*`bedplate esp sync`"):
        stopped.sync(tmp_path).apply([lane("a", text("one"), text("two"), bios=True)])
    assert files_of(machine, "a") == {"one"}
    assert "grub-install" not in stopped.ran
