"""The live system at its prompt, kept on disk, so that machines start there and not at power-on.

The guest's memory is a file that a template machine shares and every later machine maps privately
(QEMU's "VM templating"): nothing is copied when a machine is resumed, whatever the size of its
memory, and any number of machines run from the one file at once. The rest of the machine's state is
a small migration stream. Both fit only the same QEMU, machine and devices, so these make the key.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from bedplate.events import Clock, What
from bedplate.image.cache import Cache, key_of
from bedplate.lab.accel import qemu_version
from bedplate.lab.machine import Acceleration, MachineSpec, Memory, Places, Snapshot, qemu_argv
from bedplate.lab.serial import PROMPT
from bedplate.lab.vm import Machine, make_places
from bedplate.model.artefacts import BASE, DELTA, STREAM

READY: Final = "bedplate-live-ready"
_KIND: Final = "snapshots"
_BOOT_SECONDS: Final = 600.0
_WARM_UP: Final = (
    "bedplate facts --json >/dev/null; bedplate install --help >/dev/null; "
    f"cd /run/live/medium/live && cat {BASE} {DELTA} {STREAM} >/dev/null"
)


def ensure_snapshot(
    spec: MachineSpec, image_key: str, acceleration: Acceleration, cache: Path, clock: Clock
) -> Snapshot:
    """The snapshot of a live machine, made first if there is none that fits.

    Processes that ask for the same one at once share one making of it. Raises `CommandError` if
    the live system does not come to its prompt.
    """
    kept = Cache(cache)
    key = snapshot_key(spec, image_key, acceleration, qemu_version())
    entry = kept.entry(_KIND, key, lambda work: _make(spec, acceleration, work, clock))
    # A machine that runs from a pruned snapshot keeps the deleted file open.
    kept.prune(_KIND)
    return Snapshot(entry.folder)


def start_live(machine: Machine, *, memory: Memory | None = None) -> None:
    """Power on a machine that boots the live system, and wait until its console takes commands."""
    machine.start(memory=memory)
    wait_for_live(machine)


def wait_for_live(machine: Machine) -> None:
    """Wait until the console of a live system that is starting takes commands."""
    machine.console.expect(READY, timeout=_BOOT_SECONDS)
    machine.console.expect(re.escape(PROMPT), timeout=_BOOT_SECONDS)
    # Kernel messages would land in the middle of what commands print.
    machine.succeed("dmesg -n 1")


def snapshot_key(
    spec: MachineSpec, image_key: str, acceleration: Acceleration, version: str
) -> str:
    """What must be equal for a saved state to fit: QEMU, its command line, the images."""
    nowhere = Places(Path("/"), Path("/"))
    memory = Memory(Path("/memory"), shared=True)
    argv = qemu_argv(_plain(spec), nowhere, acceleration, memory=memory)
    return key_of(image_key, version, READY, _WARM_UP, *argv)


def _make(spec: MachineSpec, acceleration: Acceleration, folder: Path, clock: Clock) -> None:
    step = f"snapshot-{spec.firmware.value}"
    clock.say(What.STEP_STARTED, phase="live", step=step, text="boot the live system once")
    made = Snapshot(folder)
    with Machine(_plain(spec), make_places(folder), acceleration) as machine:
        start_live(machine, memory=Memory(made.memory, shared=True))
        # Under emulation, unpacking the installer's own code from the squashfs takes seconds, and
        # so does reading the base system from the medium; done here, every resumed machine has
        # both in its memory, which is mapped and not copied.
        machine.succeed(_WARM_UP, timeout=_BOOT_SECONDS)
        machine.save(made.state)
    clock.say(What.STEP_DONE, phase="live", step=step, text="live system saved at its prompt")


def _plain(spec: MachineSpec) -> MachineSpec:
    return spec.model_copy(update={"name": "live", "disks": (), "more": ()})
