"""Machines for the tests of this folder. What a test leaves behind when it fails is its serial log.

Whether virtual machines can run here at all is found out by `tests.support.tiers`.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Generator, Iterator
from contextlib import ExitStack
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Literal, Protocol

import pytest

from bedplate.events import Clock, PlainLines
from bedplate.image.cache import default_cache
from bedplate.lab.disks import overlay
from bedplate.lab.machine import Disk, DiskBus
from bedplate.lab.vm import Machine
from bedplate.model.facts import FirmwareKind
from bedplate.model.secret import Secret
from bedplate.units import GIB
from tests.support.vm import Booted, Installed, VmLab


class LiveMachine(Protocol):
    """Resumes one more live machine, which is stopped at the end of the test."""

    def __call__(
        self,
        disks: int = 0,
        *,
        size_bytes: int = 16 * GIB,
        sector_size: Literal[512, 4096] = 512,
        bus: DiskBus = DiskBus.SCSI,
        firmware: FirmwareKind = FirmwareKind.UEFI,
    ) -> Machine: ...


class Boot(Protocol):
    """Starts an installed host, which is stopped at the end of the block."""

    def __call__(
        self,
        installed: Installed,
        *,
        disks: tuple[Disk, ...] | None = None,
        firmware: FirmwareKind | None = None,
        keep_variables: bool = True,
        snapshot: bool = True,
        passphrase: Secret | None = None,
    ) -> contextlib.AbstractContextManager[Booted]: ...


@pytest.fixture(scope="session")
def vm_lab() -> VmLab:
    """The images (built if need be) and the snapshots."""
    return VmLab(default_cache(), Clock((PlainLines(sys.stderr),)))


@pytest.fixture
def live_machine(vm_lab: VmLab, tmp_path: Path) -> Iterator[LiveMachine]:
    """A function that gives the test one more live machine each time it is called."""
    with ExitStack() as machines:
        folders = (tmp_path / f"live{number}" for number in count())

        def resume(
            disks: int = 0,
            *,
            size_bytes: int = 16 * GIB,
            sector_size: Literal[512, 4096] = 512,
            bus: DiskBus = DiskBus.SCSI,
            firmware: FirmwareKind = FirmwareKind.UEFI,
        ) -> Machine:
            folder = next(folders)
            blank = vm_lab.disks(
                folder, disks, size_bytes=size_bytes, sector_size=sector_size, bus=bus
            )
            return machines.enter_context(vm_lab.live(folder, blank, firmware=firmware))

        yield resume


@pytest.fixture
def boot(vm_lab: VmLab, tmp_path: Path) -> Boot:
    """A function that starts an installed host."""
    folders = (tmp_path / f"boot{number}" for number in count())

    def start(
        installed: Installed,
        *,
        disks: tuple[Disk, ...] | None = None,
        firmware: FirmwareKind | None = None,
        keep_variables: bool = True,
        snapshot: bool = True,
        passphrase: Secret | None = None,
    ) -> contextlib.AbstractContextManager[Booted]:
        return vm_lab.boot(
            next(folders),
            installed,
            disks=disks,
            firmware=firmware,
            keep_variables=keep_variables,
            snapshot=snapshot,
            passphrase=passphrase,
        )

    return start


@pytest.fixture(scope="session")
def mirror(vm_lab: VmLab, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """A ZFS mirror; tests that ask for it, or for `host`, belong to the group `mirror`."""
    folder = tmp_path_factory.mktemp("mirror")
    return vm_lab.install(folder, "zfs-mirror", vm_lab.disks(folder, 2), name="mirror")


@pytest.fixture
def host(mirror: Installed, tmp_path: Path) -> Installed:
    """That host on disks that keep what the test does to them."""
    return replace(mirror, disks=tuple(overlay(disk, tmp_path) for disk in mirror.disks))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Say below a failure where the serial logs of the test's machines are."""
    report = yield
    folder = item.funcargs.get("tmp_path") if isinstance(item, pytest.Function) else None
    if report.failed and isinstance(folder, Path):
        logs = "\n".join(str(path) for path in sorted(folder.rglob("serial.log")))
        report.sections.append(("serial logs", logs or "none"))
    return report


@pytest.fixture(autouse=True)
def _without_images(tmp_path: Path) -> Iterator[None]:
    """Disk images are large; of a finished test only its logs stay."""
    yield
    for image in (*tmp_path.rglob("*.qcow2"), *tmp_path.rglob("*.overlay")):
        image.unlink()
