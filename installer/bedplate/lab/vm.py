"""One virtual machine, in the words of a story: start, resume, succeed, plug a disk, crash.

A `Machine` owns its QEMU: leaving its `with` block stops it, unless `release` was called. Whatever
goes wrong inside the block is told where the serial log is.
"""

from __future__ import annotations

import re
import shlex
import shutil
import socket
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from bedplate.errors import BedplateError, CommandError, Problem
from bedplate.lab.machine import (
    Acceleration,
    Disk,
    DiskBus,
    MachineSpec,
    Memory,
    Places,
    Snapshot,
    blockdev,
    device,
    device_id,
    node_name,
    qemu_argv,
    variables_template,
)
from bedplate.lab.process import Process
from bedplate.lab.qmp import Monitor
from bedplate.lab.serial import COMMAND_SECONDS, Console
from bedplate.model.facts import FirmwareKind
from bedplate.run import spawn

_START_SECONDS: Final = 30.0
_RESUME_SECONDS: Final = 60.0
_GREETING_SECONDS: Final = 20.0
_UNPLUG_SECONDS: Final = 60.0
_LONGEST_SOCKET_PATH: Final = 100
"""Of the 108 bytes in a sockaddr_un, unix(7), some are left for what QEMU appends."""

_FORWARD = re.compile(r"TCP\[HOST_FORWARD\]\s+\d+\s+127\.0\.0\.1\s+(\d+)\s+\S+\s+22\s")


def make_places(folder: Path) -> Places:
    """Where a machine that lives in `folder` keeps its files; its sockets elsewhere if need be."""
    folder.mkdir(parents=True, exist_ok=True)
    if len(str(folder / "monitor")) <= _LONGEST_SOCKET_PATH:
        return Places(folder, folder)
    return Places(folder, Path(tempfile.mkdtemp(prefix="bedplate-lab-", dir="/tmp")))


def parse_ssh_port(usernet: str) -> int:
    """The host's port behind which the guest's SSH is, from the monitor's `info usernet`."""
    match = _FORWARD.search(usernet)
    if match is None:
        message = f"no forwarded SSH port in what the monitor says: {usernet!r}"
        raise CommandError(Problem("no-ssh-port", "info usernet", message))
    return int(match[1])


class Machine:
    """A machine and everything needed to handle it."""

    def __init__(self, spec: MachineSpec, places: Places, acceleration: Acceleration) -> None:
        self.spec = spec
        self.places = places
        self._acceleration = acceleration
        self._process: Process | None = None
        self._monitor: Monitor | None = None
        self._console: Console | None = None
        self._slots: dict[str, tuple[DiskBus, int]] = {}

    @property
    def process(self) -> Process:
        """The QEMU process of a machine that was started."""
        assert self._process is not None, "the machine was not started"
        return self._process

    @property
    def monitor(self) -> Monitor:
        """The monitor of a machine that was started."""
        assert self._monitor is not None, "the machine was not started"
        return self._monitor

    @property
    def console(self) -> Console:
        """The serial console of a machine that was started, connected to at its first use.

        Not before: a console that is connected and not read stops the guest as soon as the socket
        is full, which is after a few hundred characters. The log gets them in any case.
        """
        assert self._process is not None, "the machine was not started"
        if self._console is None:
            self._console = Console.connect(self.places.serial, self.spec.name)
        return self._console

    def hang_up_console(self) -> None:
        """Read the console no more, so that the guest can go on without being read."""
        if self._console is not None:
            self._console.close()
            self._console = None

    def start(self, *, memory: Memory | None = None) -> None:
        """Power it on, its disks attached."""
        self._provide_variables(variables_template(self.spec))
        self._launch(qemu_argv(self.spec, self.places, self._acceleration, memory=memory))
        for slot, disk in enumerate(self.spec.disks):
            self._slots[disk.serial] = (disk.bus, slot)

    def resume(self, snapshot: Snapshot) -> None:
        """Go on where a snapshot was taken, with the clock set right and the disks plugged in.

        The kernel notices the new generation id, vmgenid, and reseeds its random numbers before
        the first command gets through.
        """
        self._provide_variables(snapshot.variables)
        bare = self.spec.model_copy(update={"disks": ()})
        memory = Memory(snapshot.memory, shared=False)
        argv = qemu_argv(bare, self.places, self._acceleration, memory=memory, paused=True)
        self._launch(argv)
        self._prepare_migration()
        self.monitor.execute("migrate-incoming", {"uri": f"exec:cat {_word(snapshot.state)}"})
        self._wait_migrated()
        self.monitor.execute("cont")
        self.succeed(f"date -s @{int(time.time())}")
        for disk in self.spec.disks:
            self.plug_disk(disk)
        self.wait_for_disks(*self.spec.disks)

    def save(self, state: Path) -> None:
        """Stop it and write the state of its devices to a file; its memory is in a file already."""
        self.monitor.execute("stop")
        self._prepare_migration()
        self.monitor.execute("migrate", {"uri": f"exec:cat >{_word(state)}"})
        self._wait_migrated()
        self.shutdown()

    def succeed(self, command: str, *, timeout: float = COMMAND_SECONDS) -> str:
        """Output of a command on the serial console that must end with 0."""
        return self.console.succeed(command, timeout=timeout)

    def fail(self, command: str, *, timeout: float = COMMAND_SECONDS) -> str:
        """Output of a command on the serial console that must not end with 0."""
        return self.console.fail(command, timeout=timeout)

    def wait_until_succeeds(self, command: str, *, timeout: float) -> str:
        """Output of the first run of a command that ends with 0, tried for `timeout` seconds."""

        def attempt() -> str | None:
            status, output = self.console.execute(command, timeout=timeout)
            return output if status == 0 else None

        return self.process.until(attempt, timeout=timeout, what=f"`{command}` to succeed")

    def ssh_port(self) -> int:
        """The port of this host behind which the guest's SSH server is."""
        return parse_ssh_port(self.monitor.human("info usernet"))

    def wait_for_ssh(self, *, timeout: float) -> int:
        """Wait until the guest's SSH server greets; returns the host's port to reach it at."""
        port = self.ssh_port()
        self.process.until(
            lambda: port if _ssh_greets(port) else None, timeout=timeout, what="SSH to answer"
        )
        return port

    def plug_disk(self, disk: Disk) -> None:
        """Attach a disk while the machine runs; the guest takes a moment to see it."""
        taken = {slot for bus, slot in self._slots.values() if _shares(bus, disk.bus)}
        slot = next(slot for slot in range(256) if slot not in taken)
        self.monitor.execute("blockdev-add", blockdev(disk))
        self.monitor.execute("device_add", device(disk, slot))
        self._slots[disk.serial] = (disk.bus, slot)

    def wait_for_disks(self, *disks: Disk) -> None:
        """Wait until the guest's udev has named these disks (needs a shell on the console)."""
        for disk in disks:
            self.succeed(f"udevadm wait --settle --timeout=30 /dev/disk/by-id/{disk.by_id}")

    def unplug_disk(self, disk: Disk) -> None:
        """Pull a disk out of the running machine."""
        self.monitor.forget_events()
        self.monitor.execute("device_del", {"id": device_id(disk)})
        self.monitor.wait_event(
            "DEVICE_DELETED",
            lambda data: data.get("device") == device_id(disk),
            timeout=_UNPLUG_SECONDS,
        )
        self.monitor.execute("blockdev-del", {"node-name": node_name(disk)})
        del self._slots[disk.serial]

    def crash(self) -> None:
        """The power fails."""
        self.process.kill()
        self._let_go()

    def shutdown(self) -> None:
        """End it over the monitor, disks flushed; the guest is not asked."""
        self.monitor.quit()
        if not self.process.ended(_START_SECONDS):
            self.process.kill()
        self._let_go()

    def release(self) -> int:
        """Leave it running and let go of it; returns its process id."""
        pid = self.process.pid
        self._hang_up()
        self.process.close()
        self._process = None
        return pid

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None:
            error.add_note(f"serial log of {self.spec.name}: {self.places.serial_log}")
        if self._process is not None:
            self.crash()

    def _launch(self, argv: tuple[str, ...]) -> None:
        assert self._process is None, "the machine is running"
        self.places.sockets.mkdir(exist_ok=True)
        for path in (self.places.monitor, self.places.serial, self.places.events):
            path.unlink(missing_ok=True)
        self._process = Process(spawn(argv, log_to=self.places.qemu_log))
        try:
            self._monitor = self.process.until(
                lambda: Monitor.connect(self.places.monitor),
                timeout=_START_SECONDS,
                what="the monitor",
            )
        except BedplateError as error:
            self.crash()
            said = self.places.qemu_log.read_text(errors="replace").strip()[-1000:]
            problem = Problem("machine-not-started", self.spec.name, said or str(error))
            raise CommandError(problem) from error

    def _provide_variables(self, source: Path) -> None:
        if self.spec.firmware is FirmwareKind.UEFI and not self.places.variables.exists():
            shutil.copyfile(source, self.places.variables)

    def _prepare_migration(self) -> None:
        wanted = [{"capability": name, "state": True} for name in ("x-ignore-shared", "events")]
        self.monitor.execute("migrate-set-capabilities", {"capabilities": wanted})

    def _wait_migrated(self) -> None:
        data = self.monitor.wait_event(
            "MIGRATION",
            lambda data: data.get("status") in ("completed", "failed"),
            timeout=_RESUME_SECONDS,
        )
        if data["status"] == "failed":
            message = (
                f"the machine's state could not be saved or loaded; see {self.places.qemu_log}"
            )
            raise CommandError(Problem("migration-failed", self.spec.name, message))

    def _hang_up(self) -> None:
        self.hang_up_console()
        if self._monitor is not None:
            self._monitor.close()
            self._monitor = None

    def _let_go(self) -> None:
        self._hang_up()
        self.process.close()
        self._process = None
        self._slots.clear()
        if self.places.sockets != self.places.folder:
            shutil.rmtree(self.places.sockets, ignore_errors=True)


def _shares(one: DiskBus, other: DiskBus) -> bool:
    """Whether two disks take their slots from the same bus."""
    return (one is DiskBus.SCSI) == (other is DiskBus.SCSI)


def _word(path: Path) -> str:
    """A path for the shell that QEMU's `exec:` migration starts."""
    return shlex.quote(str(path))


def _ssh_greets(port: int) -> bool:
    """QEMU itself takes the connection at once; only a greeting shows that the guest is there.

    A guest that comes up is busy: each time that somebody comes back sooner keeps it busier.
    """
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=_GREETING_SECONDS) as connection:
            return connection.recv(4) == b"SSH-"
    except OSError:
        return False
