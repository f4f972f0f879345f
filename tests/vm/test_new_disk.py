"""A new disk may be of another size, have other sectors, another name, or a life before this one.

Each drill ends with the host being started from the new disk alone, and from the old one alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import pytest

from bedplate.lab.disks import overlay
from bedplate.lab.machine import Disk, DiskBus
from bedplate.model.facts import FirmwareKind
from bedplate.units import GIB, MIB
from tests.support.failing import count_writes
from tests.support.vm import Installed, VmLab
from tests.vm.conftest import Boot, Hosts
from tests.vm.test_replace import Load, check_well, check_written

pytestmark = pytest.mark.full

SIZE = 16 * GIB
SECONDS = 900


@dataclass(frozen=True, slots=True)
class Sizes:
    """Of the host's disks, and of the new one."""

    size_bytes: int = SIZE
    sectors: Literal[512, 4096] = 512
    host_sectors: Literal[512, 4096] = 512


@pytest.mark.parametrize(
    "sizes",
    [
        pytest.param(Sizes(size_bytes=20 * GIB), id="larger"),
        pytest.param(Sizes(size_bytes=SIZE - SIZE // 200 // MIB * MIB), id="half a percent less"),
        pytest.param(Sizes(sectors=4096), id="4Kn for 512"),
        pytest.param(Sizes(host_sectors=4096), id="512 for 4Kn"),
    ],
)
def test_a_pool_takes_a_disk_of_other_sizes(
    sizes: Sizes, hosts: Hosts, boot: Boot, vm_lab: VmLab, tmp_path: Path
) -> None:
    first = hosts.install("zfs-mirror", FirmwareKind.UEFI, sector_size=sizes.host_sectors)
    installed = of_its_own(first, tmp_path)
    old, dead = installed.disks
    (new,) = vm_lab.disks(
        tmp_path / "new", 1, size_bytes=sizes.size_bytes, sector_size=sizes.sectors
    )
    with boot(installed, snapshot=False) as booted:
        load = Load.begin(booted.host)
        booted.machine.unplug_disk(dead)
        load.goes_on()
        booted.machine.plug_disk(new)
        booted.host.check_output("udevadm settle")
        booted.host.check_output(f"timeout {SECONDS} bedplate disk replace --yes")
        count = end_well(load)
        booted.machine.shutdown()
    check_each_alone(boot, installed, (new, old), count)


def test_a_disk_of_another_host_is_taken_only_if_it_is_named(
    hosts: Hosts, boot: Boot, tmp_path: Path
) -> None:
    """There is a pool of the same name on it, and an ESP that starts that host."""
    installed = of_its_own(hosts.install("zfs-mirror", FirmwareKind.UEFI), tmp_path)
    old, dead = installed.disks
    new = overlay(hosts.install("zfs-single", FirmwareKind.UEFI).disks[0], tmp_path)
    with boot(installed, snapshot=False) as booted:
        host = booted.host
        load = Load.begin(host)
        booted.machine.unplug_disk(dead)
        load.goes_on()
        booted.machine.plug_disk(new)
        host.check_output("udevadm settle")
        refused = host.run(f"timeout {SECONDS} bedplate disk replace --yes")
        assert (refused.rc, "[no-candidate]" in refused.stderr) == (3, True), refused.stderr
        assert count_writes(booted.machine, new) == 0
        shown = host.check_output(f"bedplate disk replace --dry-run {new.serial}")
        assert "pool rpool (exported" in shown
        host.check_output(f"timeout {SECONDS} bedplate disk replace --yes {new.serial}")
        count = end_well(load)
        assert host.check_output("zpool list -H -o name") == "rpool"
        booted.machine.shutdown()
    check_each_alone(boot, installed, (new, old), count)


def test_drives_that_have_changed_their_numbers_are_not_mistaken(
    hosts: Hosts, boot: Boot, vm_lab: VmLab, tmp_path: Path
) -> None:
    """The new one has the number of the one that stays, and that has the number of the dead one."""
    first = hosts.install("zfs-mirror", FirmwareKind.UEFI, bus=DiskBus.NVME)
    installed = of_its_own(first, tmp_path)
    old, dead = installed.disks
    (new,) = vm_lab.disks(tmp_path / "new", 1, size_bytes=SIZE, bus=DiskBus.NVME)
    with boot(installed, snapshot=False) as booted:
        before = booted.host.check_output(f"readlink /dev/disk/by-id/{old.by_id}")
        load = Load.begin(booted.host)
        booted.machine.unplug_disk(dead)
        load.goes_on()
        load.end()
        booted.host.check_output("sync")
        booted.machine.shutdown()
    with boot(installed, disks=(new, old), snapshot=False) as booted:
        host = booted.host
        assert host.check_output(f"readlink /dev/disk/by-id/{new.by_id}") == before
        load = Load.begin(host)
        host.check_output(f"timeout {SECONDS} bedplate disk replace --yes")
        count = end_well(load)
        booted.machine.shutdown()
    check_each_alone(boot, installed, (new, old), count)


def of_its_own(installed: Installed, folder: Path) -> Installed:
    """The host on disks that keep what a test does to them, and that alone."""
    return replace(installed, disks=tuple(overlay(disk, folder) for disk in installed.disks))


def end_well(load: Load) -> int:
    """The host is well, and everything that was written is there: how much that is."""
    load.goes_on()
    load.end()
    check_well(load.host)
    count = check_written(load.host)
    load.host.check_output("sync")
    return count


def check_each_alone(boot: Boot, installed: Installed, disks: tuple[Disk, ...], count: int) -> None:
    """Each of the disks starts the host, and has all the data."""
    for disk in disks:
        with boot(installed, disks=(disk,)) as booted:
            assert check_written(booted.host) == count
