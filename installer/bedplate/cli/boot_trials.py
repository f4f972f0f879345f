"""What `bedplate doctor --boot` adds: each boot disk is started, in a machine of its own."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from bedplate.apply.devices import disk_path
from bedplate.errors import Problem, RefusedError
from bedplate.model.esp import EspFact, EspFacts
from bedplate.model.facts import FirmwareKind
from bedplate.model.trial import BootTrial
from bedplate.plan.doctor import starts_to_try
from bedplate.run import have

if TYPE_CHECKING:
    from bedplate.lab.machine import Acceleration

_PROGRAMS = {"qemu-system-x86_64": "qemu-system-x86", "qemu-img": "qemu-utils"}
_FIRMWARE = Path("/usr/share/OVMF/OVMF_CODE_4M.fd")


def try_boot_disks(esps: EspFacts) -> tuple[BootTrial, ...]:
    """Start every boot disk alone, under each firmware, one after the other; says how it goes."""
    # QEMU's monitor needs a library that a host has only if it has QEMU.
    from bedplate.image.cache import default_cache
    from bedplate.lab.accel import choose_acceleration

    kernel = Path(f"/boot/vmlinuz-{os.uname().release}")
    acceleration = choose_acceleration(kernel, default_cache())
    return tuple(_try(esp, firmware, acceleration) for esp, firmware in starts_to_try(esps))


def _try(esp: EspFact, firmware: FirmwareKind, acceleration: Acceleration) -> BootTrial:
    from bedplate.lab.machine import Disk
    from bedplate.lab.trial import try_disk

    typer.echo(f"Starting {esp.title} alone under {firmware.upper()} …", err=True)
    sector_size = 512 if esp.sector_size == 512 else 4096
    path = disk_path(esp.disk)
    disk = Disk(path=path, serial="trial", format="raw", sector_size=sector_size)
    return try_disk(disk, esp.disk, firmware, acceleration)


def require_qemu() -> None:
    """Raises `RefusedError`, with what to install, where there is no QEMU to start disks with."""
    missing = tuple(_missing())
    if missing:
        message = "needed to start the boot disks, and not installed"
        hint = f"`apt install {' '.join(missing)}`, or leave --boot out"
        raise RefusedError(Problem("no-qemu", " and ".join(missing), message, hint))


def _missing() -> Iterator[str]:
    """The Debian packages that are not there."""
    yield from (package for program, package in _PROGRAMS.items() if not have(program))
    if not _FIRMWARE.exists():
        yield "ovmf"
    if importlib.util.find_spec("qemu") is None or importlib.util.find_spec("qemu.qmp") is None:
        yield "python3-qemu.qmp"
