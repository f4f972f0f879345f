"""The demonstration: a ZFS mirror is installed, then started from both disks and from each alone.

Every start is on throw-away overlays of the installed disks, so that each begins with what the
installer left, and on the UEFI variables as the installer left them.
"""

from __future__ import annotations

import secrets
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bedplate.errors import ApplyError, CommandError, Problem
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
from bedplate.run import run
from bedplate.units import GIB

NAME: Final = "demo"
LAYOUT: Final = "zfs-mirror"
_DISK_BYTES: Final = 16 * GIB
_MEMORY_BYTES: Final = 2 * GIB
_CPUS: Final = 1
_SSH_SECONDS: Final = 900.0
_UP_SECONDS: Final = 600.0


@dataclass(frozen=True, slots=True)
class Check:
    """A question to a running host, and the answer that is wanted of it."""

    what: str
    command: str
    wanted: str


@dataclass(frozen=True, slots=True)
class Phase:
    """A part of the demonstration, how long it took, and what was found right in it."""

    name: str
    seconds: float
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
    phases: list[Phase] = []
    with _timed("prepare the live system", phases, clock):
        snapshot = ensure_snapshot(live, images.key, acceleration, cache, clock)
    with _timed(f"install {LAYOUT} on two disks", phases, clock):
        answer = plan_answer(NAME, LAYOUT, disks, [make_key(folder, NAME)], _password())
        with Machine(live, make_places(folder), acceleration) as machine:
            machine.resume(snapshot)
            install(machine, answer, clock)
    host = live.model_copy(update={"boots": None})
    for name, chosen in _starts(disks):
        health = "ONLINE" if len(chosen) == len(disks) else "DEGRADED"
        with _timed(f"start from {name}", phases, clock) as right:
            right += _start(host, chosen, folder, acceleration, checks(health))
    return tuple(phases)


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


def _starts(disks: Sequence[Disk]) -> Iterator[tuple[str, Sequence[Disk]]]:
    yield "both disks", disks
    for disk in disks:
        yield f"disk {disk.serial} alone", [disk]


def _start(
    host: MachineSpec,
    chosen: Sequence[Disk],
    folder: Path,
    acceleration: Acceleration,
    questions: Sequence[Check],
) -> tuple[str, ...]:
    work = folder / "start"
    work.mkdir()
    spec = host.model_copy(update={"disks": tuple(overlay(disk, work) for disk in chosen)})
    places = make_places(work)
    shutil.copyfile(folder / "variables.fd", places.variables)
    with Machine(spec, places, acceleration) as machine:
        machine.start()
        port = machine.wait_for_ssh(timeout=_SSH_SECONDS)
        # Its exit code says whether units failed, which is one of the questions.
        run(
            ssh_argv(folder, port, ["systemctl is-system-running --wait"]),
            check=False,
            timeout=_UP_SECONDS,
        )
        _ask(lambda command: run(ssh_argv(folder, port, [command])).stdout.strip(), questions)
        machine.shutdown()
    shutil.rmtree(work)
    return tuple(question.what for question in questions)


def _ask(answer: Callable[[str], str], questions: Sequence[Check]) -> None:
    wrong: list[Problem] = []
    for question in questions:
        try:
            said = answer(question.command)
        except CommandError as error:
            said = str(error)
        if said != question.wanted:
            message = f"`{question.command}` says {said!r}, wanted was {question.wanted!r}"
            wrong.append(Problem("check-failed", question.what, message))
    if wrong:
        raise ApplyError(wrong)


def _password() -> Secret:
    return Secret(secrets.token_urlsafe(12))


@contextmanager
def _timed(name: str, phases: list[Phase], clock: Clock) -> Iterator[list[str]]:
    began = time.monotonic()
    right: list[str] = []
    with clock.step("demo", name, name):
        yield right
    phases.append(Phase(name, time.monotonic() - began, tuple(right)))
