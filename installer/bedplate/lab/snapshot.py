"""The live system at its prompt, kept on disk, so that machines start there and not at power-on.

The guest's memory is a file that a template machine shares and every later machine maps privately
(QEMU's "VM templating"): nothing is copied when a machine is resumed, whatever the size of its
memory, and any number of machines run from the one file at once. The rest of the machine's state is
a small migration stream. Both fit only the same QEMU, machine and devices, so these make the key.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from bedplate.events import Clock, What
from bedplate.lab.accel import qemu_version
from bedplate.lab.machine import Acceleration, MachineSpec, Memory, Places, Snapshot, qemu_argv
from bedplate.lab.serial import PROMPT
from bedplate.lab.vm import Machine, make_places

READY: Final = "bedplate-live-ready"
_BOOT_SECONDS: Final = 600.0
_WARM_UP: Final = "bedplate facts --json >/dev/null"
_KEPT: Final = 6


def ensure_snapshot(
    spec: MachineSpec, image_key: str, acceleration: Acceleration, cache: Path, clock: Clock
) -> Snapshot:
    """The snapshot of a live machine, made first if there is none that fits.

    Two processes that ask for the same one at once share one making of it. Raises `CommandError`
    if the live system does not come to its prompt.
    """
    folder = cache / "snapshots" / snapshot_key(spec, image_key, acceleration, qemu_version())
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _locked(folder.with_suffix(".lock")):
        if not folder.exists():
            _prune(folder.parent)
            _make(spec, acceleration, folder, clock)
        os.utime(folder)
    return Snapshot(folder)


def snapshot_key(
    spec: MachineSpec, image_key: str, acceleration: Acceleration, version: str
) -> str:
    """What must be equal for a saved state to fit: QEMU, its command line, the images."""
    nowhere = Places(Path("/"), Path("/"))
    memory = Memory(Path("/memory"), shared=True)
    argv = qemu_argv(_plain(spec), nowhere, acceleration, memory=memory)
    text = "\0".join((image_key, version, READY, _WARM_UP, *argv))
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def _make(spec: MachineSpec, acceleration: Acceleration, folder: Path, clock: Clock) -> None:
    step = f"snapshot-{spec.firmware.value}"
    clock.say(What.STEP_STARTED, phase="live", step=step, text="boot the live system once")
    with tempfile.TemporaryDirectory(prefix="making-", dir=folder.parent) as name:
        work = Path(name)
        work.chmod(0o755)
        made = Snapshot(work)
        machine = Machine(_plain(spec), make_places(work), acceleration)
        with machine:
            machine.start(memory=Memory(made.memory, shared=True))
            machine.console.expect(READY, timeout=_BOOT_SECONDS)
            machine.console.expect(re.escape(PROMPT), timeout=_BOOT_SECONDS)
            # Kernel messages would land in the middle of what commands print.
            machine.succeed("dmesg -n 1")
            # Under emulation, unpacking the installer's own code from the squashfs takes seconds;
            # done here, every resumed machine has it in its memory.
            machine.succeed(_WARM_UP, timeout=_BOOT_SECONDS)
            machine.save(made.state)
        work.rename(folder)
    clock.say(What.STEP_DONE, phase="live", step=step, text="live system saved at its prompt")


def _plain(spec: MachineSpec) -> MachineSpec:
    return spec.model_copy(update={"name": "live", "disks": ()})


def _prune(snapshots: Path) -> None:
    """Delete the ones not used for longest. Machines that run from one keep its (deleted) file."""
    found = sorted(
        (path for path in snapshots.iterdir() if path.is_dir() and not path.name.startswith("m")),
        key=lambda path: path.stat().st_mtime,
        reverse=True,
    )
    for path in found[_KEPT - 1 :]:
        shutil.rmtree(path, ignore_errors=True)


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
