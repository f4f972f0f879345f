"""Starts a boot disk in a machine of its own, as far as the kernel that is on it.

The disk is behind an overlay, and the machine ends as soon as its kernel has been seen, long before
that looks for its root: nothing is written to the disk, and who uses it meanwhile is not disturbed.
"""

from __future__ import annotations

import re
import tempfile
import time
from pathlib import Path

from bedplate.lab.disks import overlay
from bedplate.lab.kernel_sight import find_kernel, is_kernel_running
from bedplate.lab.machine import Acceleration, Disk, MachineSpec, Memory
from bedplate.lab.vm import Machine, make_places
from bedplate.model.facts import FirmwareKind
from bedplate.model.trial import BootTrial
from bedplate.units import GIB

MEMORY_BYTES = GIB
_TICK_SECONDS = 0.5
# Between reading the kernel and running it a slow machine unpacks it; menus wait a few seconds.
_STUCK_SECONDS = 60.0
_LONGEST_SECONDS = 600.0
_SHARED_MEMORY = Path("/dev/shm")
_ESCAPES = re.compile(r"\x1b\[[0-9;=?>]*[A-Za-z]|\x1b[()#].|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def try_disk(
    disk: Disk, disk_id: str, firmware: FirmwareKind, acceleration: Acceleration
) -> BootTrial:
    """Start one disk alone under one firmware whose boot entries are empty.

    Raises `CommandError` if QEMU itself does not start.
    """
    with tempfile.TemporaryDirectory(prefix="bedplate-trial-", dir=_SHARED_MEMORY) as name:
        folder = Path(name)
        spec = MachineSpec(
            name="trial",
            firmware=firmware,
            memory_bytes=MEMORY_BYTES,
            cpus=1,
            disks=(overlay(disk, folder),),
        )
        memory = Memory(folder / "memory", shared=True)
        with Machine(spec, make_places(folder), acceleration) as machine:
            machine.start(memory=memory)
            found = _Watch(machine, memory.path).until_kernel()
            said = machine.places.serial_log
            obstacle = None if found else last_words(said.read_text(errors="replace"))
    kernel, cmdline = found or (None, None)
    return BootTrial(
        disk=disk_id, firmware=firmware, kernel=kernel, cmdline=cmdline, obstacle=obstacle
    )


class _Watch:
    """Looks at a machine until its kernel is there, or nothing happens any more."""

    def __init__(self, machine: Machine, memory: Path) -> None:
        self._machine = machine
        self._memory = memory
        self._reads = -1
        self._changed = time.monotonic()
        self._begun = self._changed

    def until_kernel(self) -> tuple[str, str] | None:
        """Version and command line of the kernel; `None` if it does not come."""
        before = None
        while not self._machine.process.ended(_TICK_SECONDS):
            if is_kernel_running(self._machine.monitor.human("info registers -a")):
                found = find_kernel(self._memory)
                # Seen twice: the first time it may have been in the middle of a message.
                if found is not None and found == before:
                    return found
                before = found
            if self._is_stuck():
                return None
        return None

    def _is_stuck(self) -> bool:
        """Whether nothing has been read from the disk for long, or the whole takes too long."""
        now, reads = time.monotonic(), self._machine.monitor.disk_reads()
        if reads != self._reads:
            self._reads, self._changed = reads, now
        return now - self._changed > _STUCK_SECONDS or now - self._begun > _LONGEST_SECONDS


def last_words(console: str) -> str | None:
    """The last line on a serial console that has words in it; wide gaps are where menus jump to."""
    lines = (line.strip() for line in re.split(r"[\r\n]+| {3,}", _ESCAPES.sub("", console)))
    said = [line for line in lines if re.search(r"\w{2}", line)]
    return said[-1][-200:] if said else None
