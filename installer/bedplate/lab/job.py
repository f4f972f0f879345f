"""A machine that runs one program to its end: no console to type at, no monitor, no snapshot."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

from bedplate.events import Clock
from bedplate.image import build
from bedplate.image.build import ImageSet
from bedplate.image.stream import Drive, Job
from bedplate.lab.accel import choose_acceleration
from bedplate.lab.machine import QEMU, Acceleration, processor
from bedplate.run import run

_SECONDS = 3600.0


def build_images(source: Path, cache: Path, clock: Clock) -> ImageSet:
    """All images of the source folder: `bedplate.image.build`, with QEMU as the machine."""
    return build.build_images(source, cache, clock, partial(run_job, cache))


def run_job(cache: Path, job: Job, on_line: Callable[[str], None]) -> None:
    """Run a job in QEMU; `cache` knows how it is best accelerated. Raises `CommandError`."""
    argv = job_argv(job, choose_acceleration(job.kernel, cache))
    run(argv, timeout=_SECONDS, on_line=on_line)


def job_argv(job: Job, acceleration: Acceleration) -> list[str | Path]:
    """The command line of a job's machine, whose console is its standard output.

    See `MachineSpec` for why it has one processor.
    """
    return [
        *(QEMU, "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"),
        *("-machine", "q35", "-m", "2G", "-smp", "1"),
        *("-accel", acceleration.value, "-cpu", processor(acceleration)),
        *("-kernel", job.kernel, "-initrd", job.initrd, "-append", job.cmdline),
        *("-chardev", "stdio,id=console,signal=off", "-serial", "chardev:console"),
        *(word for number, drive in enumerate(job.drives) for word in _drive(number, drive)),
    ]


def _drive(number: int, drive: Drive) -> tuple[str, ...]:
    """Nothing of it has to survive a crash of this host: no flush is passed on."""
    unflushed = {"no-flush": True}
    file = {"driver": "file", "filename": str(drive.path), "cache": unflushed}
    node = {
        "node-name": f"drive{number}",
        "driver": "raw",
        "read-only": drive.read_only,
        "cache": unflushed,
        "file": {**file, "read-only": drive.read_only},
    }
    return ("-blockdev", json.dumps(node), "-device", f"virtio-blk-pci,drive=drive{number}")
