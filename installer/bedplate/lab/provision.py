"""From an order to a running host: the installer in a live machine, then the machine it made."""

from __future__ import annotations

import contextlib
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from bedplate.config.layouts import load_layout
from bedplate.errors import (
    ApplyError,
    BedplateError,
    ExitCode,
    InterruptedRunError,
    Problem,
    RefusedError,
    UsageError,
)
from bedplate.events import Clock, What
from bedplate.image.build import ImageSet
from bedplate.image.live import CMDLINE
from bedplate.lab.accel import choose_acceleration
from bedplate.lab.answer import plan_answer, plan_answer_from
from bedplate.lab.disks import create_disk
from bedplate.lab.machine import (
    EVENTS_PORT,
    Acceleration,
    DirectKernel,
    Disk,
    DiskBus,
    MachineSpec,
)
from bedplate.lab.registry import Record, Registry
from bedplate.lab.relay import relayed
from bedplate.lab.snapshot import ensure_snapshot
from bedplate.lab.ssh import make_key, ssh_argv
from bedplate.lab.vm import Machine, make_places
from bedplate.model.facts import FirmwareKind
from bedplate.model.secret import Secret
from bedplate.run import run
from bedplate.units import GIB

ANSWER: Final = "/run/bedplate/answer.toml"
IMAGES: Final = "/run/live/medium/live"
LIVE_CMDLINE: Final = f"{CMDLINE} console=ttyS0,115200"

_INSTALL_SECONDS: Final = 1800.0
_SSH_SECONDS: Final = 600.0
_ERRORS: Final[dict[int, type[BedplateError]]] = {
    ExitCode.USAGE: UsageError,
    ExitCode.REFUSED: RefusedError,
    ExitCode.INTERRUPTED: InterruptedRunError,
}


@dataclass(frozen=True, slots=True)
class Order:
    """What `lab up` is asked for. `keys` are lines for root's authorized_keys."""

    name: str
    layout: str
    disk_sizes: tuple[int, ...]
    firmware: FirmwareKind
    bus: DiskBus = DiskBus.SCSI
    sector_size: Literal[512, 4096] = 512
    memory_bytes: int = 2 * GIB
    cpus: int = 1
    keys: tuple[str, ...] = ()
    answer: str | None = None


def live_spec(
    images: ImageSet, name: str, firmware: FirmwareKind, *, memory_bytes: int, cpus: int
) -> MachineSpec:
    """A machine that starts the live system of an image set."""
    boots = DirectKernel(
        kernel=images.folder / "vmlinuz",
        initrd=images.folder / "initrd.img",
        cmdline=LIVE_CMDLINE,
        medium=images.iso,
    )
    return MachineSpec(
        name=name, firmware=firmware, memory_bytes=memory_bytes, cpus=cpus, boots=boots
    )


def special_disks(layout: str) -> int:
    """How many of a lab machine's disks are for the special device of a layout: as few as it takes.

    Raises `UsageError` if there is no such layout.
    """
    rule = load_layout(layout).special
    return 0 if rule is None else rule.minimum


def provision(
    order: Order, images: ImageSet, registry: Registry, cache: Path, clock: Clock
) -> Record:
    """Install a machine and leave it running with SSH; returns its record.

    Whatever goes wrong, no QEMU and no half-made machine stays; the serial log does, and a warning
    says where. Raises what the installer inside ended with, or `CommandError`.
    """
    folder = registry.create(order.name)
    with _taken_back_on_failure(folder, clock):
        acceleration = choose_acceleration(images.folder / "vmlinuz", cache)
        disks = _make_disks(order, folder)
        live = live_spec(
            images, order.name, order.firmware, memory_bytes=order.memory_bytes, cpus=order.cpus
        ).model_copy(update={"disks": disks})
        keys = (make_key(folder, f"bedplate-lab-{order.name}"), *order.keys)
        snapshot = ensure_snapshot(live, images.key, acceleration, cache, clock)
        with Machine(live, make_places(folder), acceleration) as machine:
            with clock.step("live", "lab-live", "resume the live system"):
                machine.resume(snapshot)
            text = f"install {order.layout} on {len(disks)} disks"
            with clock.step("install", "lab-install", text):
                install(machine, _answer(order, disks, keys, folder), clock)
        return _start_installed(order, live, acceleration, registry, clock)


def install(machine: Machine, answer: Secret, clock: Clock) -> None:
    """Run the installer in a live machine, with its events relayed, and end the machine.

    Raises the error that the installer's exit code stands for.
    """
    machine.succeed("mkdir -p -m 0700 /run/bedplate")
    machine.console.send_file(answer.reveal().encode(), ANSWER)
    events = f"/dev/virtio-ports/{EVENTS_PORT}"
    command = f"bedplate install {ANSWER} --yes --images {IMAGES} --events {events}"
    with relayed(machine.places.events, clock):
        status, output = machine.console.execute(command, timeout=_INSTALL_SECONDS)
        machine.shutdown()
    if status != ExitCode.OK:
        message = f"the installer ended with {status}: {output[-2000:].strip()}"
        problem = Problem("install-failed", machine.spec.name, message)
        raise _ERRORS.get(status, ApplyError)(problem)


def _make_disks(order: Order, folder: Path) -> tuple[Disk, ...]:
    disks: list[Disk] = []
    for number, size_bytes in enumerate(order.disk_sizes):
        serial = f"{order.name[:12]}-{number}"
        disk = Disk(
            path=folder / f"disk{number}.qcow2",
            serial=serial,
            bus=order.bus,
            sector_size=order.sector_size,
        )
        disks.append(create_disk(disk, size_bytes))
    return tuple(disks)


def _answer(order: Order, disks: tuple[Disk, ...], keys: tuple[str, ...], folder: Path) -> Secret:
    if order.answer is not None:
        return plan_answer_from(order.answer, disks, keys)
    password = Secret(secrets.token_urlsafe(12))
    kept = folder / "root-password"
    kept.touch(mode=0o600)
    kept.write_text(password.reveal() + "\n")
    special = special_disks(order.layout)
    return plan_answer(order.name, order.layout, disks, keys, password, special=special)


def _start_installed(
    order: Order, live: MachineSpec, acceleration: Acceleration, registry: Registry, clock: Clock
) -> Record:
    spec = live.model_copy(update={"boots": None})
    folder = registry.folder / order.name
    with Machine(spec, make_places(folder), acceleration) as machine:
        with clock.step("start", "lab-start", f"start {order.name} from its disks"):
            machine.start()
            port = machine.wait_for_ssh(timeout=_SSH_SECONDS)
            run(ssh_argv(folder, port, ("true",)), timeout=120)
        record = Record(
            spec=spec,
            layout=order.layout,
            sockets=machine.places.sockets,
            pid=machine.process.pid,
            ssh_port=port,
        )
        registry.save(record)
        machine.release()
    return record


@contextlib.contextmanager
def _taken_back_on_failure(folder: Path, clock: Clock) -> Iterator[None]:
    try:
        yield
    except BaseException:
        log = folder / "serial.log"
        if log.exists():
            kept = folder.with_name(f"{folder.name}.failed.log")
            shutil.copyfile(log, kept)
            clock.say(What.WARNING, text=f"the machine's serial log is {kept}")
        shutil.rmtree(folder, ignore_errors=True)
        raise
