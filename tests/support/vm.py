"""Machines for the tests of `tests/vm`: live ones with blank disks, and installed ones.

A test gets a `VmLab` and tells a story with it: install a host, boot it, pull a disk, boot again.
Installed disks are booted on throw-away overlays unless a test wants to keep what the boot changes.
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Literal

import testinfra
from testinfra.host import Host

from bedplate.errors import CommandError
from bedplate.events import Clock
from bedplate.image.build import ImageSet
from bedplate.lab.accel import choose_acceleration
from bedplate.lab.answer import plan_answer
from bedplate.lab.disks import create_disk, overlay
from bedplate.lab.job import build_images
from bedplate.lab.machine import Acceleration, Disk, DiskBus, MachineSpec, Snapshot, Stick
from bedplate.lab.provision import install, live_spec, special_disks
from bedplate.lab.snapshot import ensure_snapshot, start_live
from bedplate.lab.ssh import HOST, key_file, make_key, ssh_options
from bedplate.lab.vm import Machine, make_places
from bedplate.model.facts import Facts, FirmwareKind
from bedplate.model.secret import Secret
from bedplate.units import GIB

CHECKOUT = Path(__file__).parents[2]
PASSWORD = Secret("a lab's password")
_FROM_DHCP = 'source = "from-dhcp"\n'
MEMORY_BYTES = 2 * GIB
SSH_SECONDS = 600.0
_ATTEMPTS = 5
_ANSWER_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Installed:
    """A host that was installed: its disks, and the folder with its key and UEFI variables."""

    name: str
    firmware: FirmwareKind
    disks: tuple[Disk, ...]
    folder: Path
    secure_boot: bool = False

    @property
    def variables(self) -> Path:
        """The UEFI variable store as the installation left it (absent under BIOS)."""
        return self.folder / "variables.fd"


@dataclass(frozen=True, slots=True)
class Booted:
    """An installed host that runs: the machine, and testinfra's view of the system on it.

    All commands share one SSH connection, the socket of which is `connection`.
    """

    machine: Machine
    host: Host
    port: int
    connection: Path

    def wait_for_ssh(self, *, timeout: float = SSH_SECONDS) -> None:
        """Reach a host anew that may have dropped the connection."""
        self.connection.unlink(missing_ok=True)
        self.machine.wait_for_ssh(timeout=timeout)

    def starts_again(self, command: str) -> None:
        """Run what has the host start again; returns when it has come up."""
        before = self._boots()
        self.host.check_output(f"systemd-run --quiet {command}")
        self.machine.process.until(
            lambda: self._boots() > before or None,
            timeout=SSH_SECONDS,
            what="the next login prompt",
        )
        self.wait_for_ssh()

    def _boots(self) -> int:
        return self.machine.places.serial_log.read_bytes().count(b" login: ")


class VmLab:
    """The images, the way to accelerate, and the snapshots; made once for all tests.

    Machines have one processor unless `cpus` says otherwise: two of them run side by side.
    """

    def __init__(self, cache: Path, clock: Clock, *, cpus: int = 1) -> None:
        self._cache = cache
        self._clock = clock
        self._cpus = cpus
        self._numbers = count()
        self.images: ImageSet = build_images(CHECKOUT, cache, clock)
        self.acceleration: Acceleration = choose_acceleration(self.images.folder / "vmlinuz", cache)

    def disks(
        self,
        folder: Path,
        number: int,
        *,
        size_bytes: int = 16 * GIB,
        sector_size: Literal[512, 4096] = 512,
        bus: DiskBus = DiskBus.SCSI,
    ) -> tuple[Disk, ...]:
        """Blank disks with serials that no other disk of this session has."""
        folder.mkdir(parents=True, exist_ok=True)
        made: list[Disk] = []
        for _ in range(number):
            serial = f"BP{next(self._numbers):04d}"
            path = folder / f"{serial}.qcow2"
            disk = Disk(path=path, serial=serial, bus=bus, sector_size=sector_size)
            made.append(create_disk(disk, size_bytes))
        return tuple(made)

    @contextlib.contextmanager
    def live(
        self,
        folder: Path,
        disks: Sequence[Disk] = (),
        *,
        firmware: FirmwareKind = FirmwareKind.UEFI,
        name: str = "live",
        more: tuple[str, ...] = (),
    ) -> Iterator[Machine]:
        """A live system at its prompt, with these disks plugged in; stopped at the block's end.

        One with `more` hardware is no machine that a snapshot is of, and is started from nothing.
        """
        spec = live_spec(self.images, name, firmware, memory_bytes=MEMORY_BYTES, cpus=self._cpus)
        spec = spec.model_copy(update={"disks": tuple(disks), "more": more})
        with Machine(spec, make_places(folder), self.acceleration) as machine:
            if more:
                start_live(machine)
            else:
                machine.resume(self.snapshot(spec))
            yield machine

    @contextlib.contextmanager
    def from_stick(
        self,
        folder: Path,
        disks: Sequence[Disk] = (),
        *,
        firmware: FirmwareKind = FirmwareKind.UEFI,
        secure_boot: bool = False,
        image: Path | None = None,
    ) -> Iterator[Machine]:
        """A live system that firmware and loader started from the medium, as on a real machine.

        `image` is another medium than the one that was built.
        """
        spec = live_spec(self.images, "stick", firmware, memory_bytes=MEMORY_BYTES, cpus=self._cpus)
        boots = Stick(image=image or self.images.iso)
        spec = spec.model_copy(
            update={"disks": tuple(disks), "boots": boots, "secure_boot": secure_boot}
        )
        with Machine(spec, make_places(folder), self.acceleration) as machine:
            start_live(machine)
            yield machine

    def snapshot(self, spec: MachineSpec) -> Snapshot:
        """The snapshot that a live machine resumes from."""
        return ensure_snapshot(spec, self.images.key, self.acceleration, self._cache, self._clock)

    def install(
        self,
        folder: Path,
        layout: str,
        disks: Sequence[Disk],
        *,
        firmware: FirmwareKind = FirmwareKind.UEFI,
        name: str = "host",
        extra: str = "",
        network: str = "",
    ) -> Installed:
        """Install a host on blank disks, as `bedplate lab up` does.

        `extra` are more lines of the answer file's last table, `[disk-setup]`; `network` is what
        stands in `[network]`, if that is not DHCP.
        """
        folder.mkdir(parents=True, exist_ok=True)
        with self.live(folder, disks, firmware=firmware, name=name) as machine:
            self.install_in(machine, folder, layout, disks, name=name, extra=extra, network=network)
        return Installed(name, firmware, tuple(disks), folder)

    def install_in(
        self,
        machine: Machine,
        folder: Path,
        layout: str,
        disks: Sequence[Disk],
        *,
        name: str,
        extra: str = "",
        network: str = "",
    ) -> None:
        """Install a host from a live machine, which ends; its key is kept in `folder`.

        `extra` are more lines of the answer file's last table, `[disk-setup]`; `network` is what
        stands in `[network]`, if that is not DHCP.
        """
        key = make_key(folder, f"bedplate-test-{name}")
        special = special_disks(layout)
        answer = plan_answer(name, layout, disks, [key], PASSWORD, special=special)
        text = answer.reveal()
        if network:
            assert _FROM_DHCP in text
            text = text.replace(_FROM_DHCP, network)
        install(machine, Secret(text + extra), self._clock)

    @contextlib.contextmanager
    def boot(
        self,
        folder: Path,
        installed: Installed,
        *,
        disks: Sequence[Disk] | None = None,
        firmware: FirmwareKind | None = None,
        keep_variables: bool = True,
        snapshot: bool = True,
        passphrase: Secret | None = None,
        more: tuple[str, ...] = (),
    ) -> Iterator[Booted]:
        """An installed host, started from all of its disks or from some, and reached over SSH.

        Without `keep_variables` the UEFI knows nothing of the installation, as on a new mainboard.
        Without `snapshot` the installed disks themselves change. A `passphrase` is typed in on the
        console when the initramfs asks for it.
        """
        folder.mkdir(parents=True, exist_ok=True)
        places = make_places(folder)
        chosen = tuple(installed.disks if disks is None else disks)
        spec = MachineSpec(
            name=installed.name,
            firmware=firmware or installed.firmware,
            memory_bytes=MEMORY_BYTES,
            cpus=self._cpus,
            secure_boot=installed.secure_boot,
            disks=tuple(overlay(disk, folder) for disk in chosen) if snapshot else chosen,
            more=more,
        )
        if keep_variables and installed.variables.exists():
            shutil.copyfile(installed.variables, places.variables)
        with Machine(spec, places, self.acceleration) as machine:
            machine.start()
            if passphrase is not None:
                _type_passphrase(machine, passphrase)
            port = machine.wait_for_ssh(timeout=SSH_SECONDS)
            # The path of a socket is short, which that of a test's folder is not.
            with tempfile.TemporaryDirectory(prefix="bedplate-") as place:
                connection = Path(place, "ssh")
                host = _host(installed.folder, port, connection)
                yield Booted(machine, host, port, connection)


def facts_of(machine: Machine) -> Facts:
    """What the installer in a live machine knows about that."""
    return Facts.model_validate_json(machine.succeed("bedplate facts --json"))


def _type_passphrase(machine: Machine, passphrase: Secret) -> None:
    """Answer the question of the initramfs, and leave the console.

    zfs throws away what was typed before it turned the echo off, and asks before it does: whoever
    is as fast as a program types it again. Hung up sooner, the line would lose what is not read.
    """
    machine.console.expect("Enter passphrase for", timeout=SSH_SECONDS)
    for attempt in range(1, _ATTEMPTS + 1):
        machine.console.send_line(passphrase.reveal())
        try:
            machine.console.expect("Mounting", timeout=_ANSWER_SECONDS)
        except CommandError:
            if attempt == _ATTEMPTS:
                raise
        else:
            break
    machine.hang_up_console()


def _host(folder: Path, port: int, connection: Path) -> Host:
    """To log in takes an emulated processor seconds: it is done once, and again if need be."""
    return testinfra.get_host(
        f"ssh://root@{HOST}:{port}",
        controlpath=str(connection),
        ssh_identity_file=str(key_file(folder)),
        ssh_extra_args=" ".join(ssh_options(folder)),
    )
