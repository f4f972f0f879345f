"""Machines for the tests of this folder. What a test leaves behind when it fails is its serial log.

Whether virtual machines can run here at all is found out by `tests.support.tiers`.
"""

from __future__ import annotations

import contextlib
import sys
from collections import Counter
from collections.abc import Generator, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Literal, Protocol

import pytest
from testinfra.host import Host

from bedplate.config.layouts import load_layout
from bedplate.events import Clock, PlainLines
from bedplate.image.cache import default_cache
from bedplate.lab.disks import overlay
from bedplate.lab.machine import Disk, DiskBus
from bedplate.lab.vm import Machine
from bedplate.model.facts import FirmwareKind
from bedplate.model.plan import RECORD, Plan
from bedplate.model.secret import Secret
from bedplate.units import GIB
from tests.support.vm import Booted, Installed, VmLab

QUICK = "test_lab_machine"


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


@dataclass(slots=True)
class Hosts:
    """The installed hosts of this worker: each made when it is first asked for."""

    lab: VmLab
    folders: pytest.TempPathFactory
    made: dict[str, Installed] = field(default_factory=dict)
    identities: dict[str, tuple[str, str]] = field(default_factory=dict)

    def install(
        self,
        layout: str,
        firmware: FirmwareKind,
        *,
        sector_size: Literal[512, 4096] = 512,
        bus: DiskBus = DiskBus.SCSI,
    ) -> Installed:
        """The host of a layout that was installed under a firmware, on disks of that kind."""
        name = f"{layout}-{firmware}-{bus}-{sector_size}"
        if name not in self.made:
            folder = self.folders.mktemp(name)
            number = load_layout(layout).fewest_disks
            disks = self.lab.disks(folder, number, sector_size=sector_size, bus=bus)
            host = f"{layout}-{firmware}"
            installed = self.lab.install(folder, layout, disks, firmware=firmware, name=host)
            self.made[name] = installed
        return self.made[name]

    def look(self, name: str, host: Host) -> Plan:
        """The plan that a running host was made by; its identity is remembered."""
        identity = (host.file("/etc/machine-id").content_string, host.check_output("hostid"))
        self.identities[name] = identity
        return Plan.model_validate_json(host.file(RECORD).content_string)


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
def hosts(vm_lab: VmLab, tmp_path_factory: pytest.TempPathFactory) -> Hosts:
    """The installed hosts. Tests that share one belong to a group, for a worker to have it."""
    return Hosts(vm_lab, tmp_path_factory)


@pytest.fixture
def mirror(hosts: Hosts, tmp_path: Path) -> Installed:
    """A ZFS mirror on disks that keep what the test does to them, and that alone."""
    installed = hosts.install("zfs-mirror", FirmwareKind.UEFI)
    disks = tuple(overlay(disk, tmp_path) for disk in installed.disks)
    return replace(installed, disks=disks)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The largest groups first and what takes seconds last, or a worker ends long before others."""
    here = [place for place, item in enumerate(items) if item.path.parent == Path(__file__).parent]
    mine = [items[place] for place in here]
    sizes = Counter(group for item in mine if (group := _group(item)))
    mine.sort(key=lambda item: (item.path.stem == QUICK, -sizes[_group(item)]))
    for place, item in zip(here, mine, strict=True):
        items[place] = item


def _group(item: pytest.Item) -> str:
    mark = item.get_closest_marker("xdist_group")
    return "" if mark is None else str(mark.args[0])


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
