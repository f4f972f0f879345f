"""The demonstration: a ZFS mirror is installed, then started from both disks and from each alone.

Every start is on throw-away overlays of the installed disks, so that each begins with what the
installer left, and on the UEFI variables as the installer left them. So they need not wait for each
other, and go side by side.
"""

from __future__ import annotations

import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bedplate.errors import ApplyError, Problem
from bedplate.events import Clock
from bedplate.image.build import ImageSet
from bedplate.lab.accel import choose_acceleration
from bedplate.lab.answer import plan_answer
from bedplate.lab.disks import create_disk, overlay
from bedplate.lab.machine import Acceleration, Disk, MachineSpec
from bedplate.lab.provision import install, live_spec
from bedplate.lab.snapshot import ensure_snapshot
from bedplate.lab.ssh import make_key, ssh_argv
from bedplate.lab.vm import Machine, make_places
from bedplate.model.facts import FirmwareKind
from bedplate.model.secret import Secret
from bedplate.run import run, side_by_side
from bedplate.units import GIB

NAME: Final = "demo"
LAYOUT: Final = "zfs-mirror"
_DISK_BYTES: Final = 16 * GIB
_MEMORY_BYTES: Final = 2 * GIB
_CPUS: Final = 1
_SSH_SECONDS: Final = 900.0
_UP_SECONDS: Final = 600.0
_NEXT: Final = "-- next --"


@dataclass(frozen=True, slots=True)
class Check:
    """A question to a running host, and the answer that is wanted of it."""

    what: str
    command: str
    wanted: str


@dataclass(slots=True)
class Phase:
    """A part of the demonstration, how long it took, and what was found right in it."""

    name: str
    seconds: float = 0.0
    checked: tuple[str, ...] = ()


def run_demo(images: ImageSet, cache: Path, clock: Clock, folder: Path) -> tuple[Phase, ...]:
    """Install and start a host in `folder`, which must be empty; returns what was done.

    Raises `ApplyError` naming the answers that were not the wanted ones, or what the installer
    inside ended with. No machine is left running.
    """
    acceleration = choose_acceleration(images.folder / "vmlinuz", cache)
    disks = tuple(
        create_disk(Disk(path=folder / f"disk{n}.qcow2", serial=f"{NAME}-{n}"), _DISK_BYTES)
        for n in range(2)
    )
    live = live_spec(
        images, NAME, FirmwareKind.UEFI, memory_bytes=_MEMORY_BYTES, cpus=_CPUS
    ).model_copy(update={"disks": disks})
    with _timed("prepare the live system", clock) as prepared:
        snapshot = ensure_snapshot(live, images.key, acceleration, cache, clock)
    with _timed(f"install {LAYOUT} on two disks", clock) as installed:
        answer = plan_answer(NAME, LAYOUT, disks, [make_key(folder, NAME)], _password())
        with Machine(live, make_places(folder), acceleration) as machine:
            machine.resume(snapshot)
            install(machine, answer, clock)
    host = live.model_copy(update={"boots": None})
    # Machines belong to this thread, which ends them when it is interrupted: the others only ask.
    with side_by_side(len(disks) + 1) as threads, ExitStack() as machines:

        def begin(name: str, chosen: Sequence[Disk]) -> Future[Phase]:
            machine = machines.enter_context(_machine(host, chosen, folder, acceleration))
            machine.start()
            health = "ONLINE" if len(chosen) == len(disks) else "DEGRADED"
            return threads.submit(
                _ask, f"start from {name}", machine, folder, checks(health), clock
            )

        begun = [begin("both disks", disks)]
        begun += [begin(f"disk {disk.serial} alone", [disk]) for disk in disks]
        return (prepared, installed, *(phase.result() for phase in begun))


def checks(health: str) -> tuple[Check, ...]:
    """What is asked of a host that was started from its disks."""
    return (
        Check("started by UEFI", "[ -d /sys/firmware/efi ] && echo uefi", "uefi"),
        Check("root is rpool/ROOT/pve-1", "findmnt -no SOURCE /", "rpool/ROOT/pve-1"),
        Check(f"pool is {health}", "zpool list -Ho health rpool", health),
        Check("no unit failed", "systemctl --failed --plain --no-legend", ""),
        Check("no ESP is mounted", "findmnt -nt vfat || true", ""),
        Check("host name is set", "hostname", NAME),
        Check("vmbr0 carries the address", "ip -br -4 addr show vmbr0 | wc -l", "1"),
    )


def _machine(
    host: MachineSpec, chosen: Sequence[Disk], folder: Path, acceleration: Acceleration
) -> Machine:
    work = Path(tempfile.mkdtemp(prefix="start-", dir=folder))
    spec = host.model_copy(update={"disks": tuple(overlay(disk, work) for disk in chosen)})
    places = make_places(work)
    shutil.copyfile(folder / "variables.fd", places.variables)
    return Machine(spec, places, acceleration)


def _ask(
    name: str, machine: Machine, folder: Path, questions: Sequence[Check], clock: Clock
) -> Phase:
    with _timed(name, clock) as phase:
        port = machine.wait_for_ssh(timeout=_SSH_SECONDS)
        # Its exit code says whether units failed, which is one of the questions.
        run(
            ssh_argv(folder, port, ["systemctl is-system-running --wait"]),
            check=False,
            timeout=_UP_SECONDS,
        )
        answers = run(ssh_argv(folder, port, [script_of(questions)])).stdout
        machine.shutdown()
        judge(questions, answers)
        phase.checked = tuple(question.what for question in questions)
    return phase


def script_of(questions: Sequence[Check]) -> str:
    """All questions as one command: to log in for each would take an emulated processor longer."""
    return "\n".join(
        f'({question.command}) 2>&1 || echo "ended with $?"; echo {_NEXT}' for question in questions
    )


def judge(questions: Sequence[Check], answers: str) -> None:
    """Compare what that command said. Raises `ApplyError` with every wrong answer."""
    said = iter(answers.split(_NEXT)[:-1])
    wrong: list[Problem] = []
    for question in questions:
        answer = next(said, "no answer came").strip()
        if answer != question.wanted:
            message = f"`{question.command}` says {answer!r}, wanted was {question.wanted!r}"
            wrong.append(Problem("check-failed", question.what, message))
    if wrong:
        raise ApplyError(wrong)


def _password() -> Secret:
    return Secret(secrets.token_urlsafe(12))


@contextmanager
def _timed(name: str, clock: Clock) -> Iterator[Phase]:
    began = time.monotonic()
    phase = Phase(name)
    with clock.step("demo", name, name):
        yield phase
    phase.seconds = time.monotonic() - began
