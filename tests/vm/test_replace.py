"""A disk dies under load, and a new one takes its place: with one command, and without a loss.

Each drill ends with the host being started from the new disk alone, and from an old one alone.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from testinfra.host import Host

from bedplate.lab.disks import overlay
from bedplate.lab.machine import Disk
from bedplate.model.facts import FirmwareKind
from bedplate.units import GIB
from tests.support.vm import VmLab
from tests.vm.conftest import Boot, Hosts

BIOS, UEFI = FirmwareKind.BIOS, FirmwareKind.UEFI
WRITTEN = "/root/written"

# Writes files and their checksums for as long as it runs, each on disk before the next, and goes on
# where an earlier one stopped. Without a pause, an emulated machine would do little else.
WRITER = f"""\
touch {WRITTEN}/sums
for n in $(seq $(($(wc -l <{WRITTEN}/sums) + 1)) 100000); do
    head -c 262144 /dev/urandom >{WRITTEN}/part
    (cd {WRITTEN} && mv part "$n" && sha256sum "$n" >>sums && sync "$n" sums)
    sleep 1
done
"""
GOES_ON = f"""\
touch {WRITTEN}/sums
before=$(wc -l <{WRITTEN}/sums)
until [ $(wc -l <{WRITTEN}/sums) -gt $((before + 2)) ]; do sleep 1; done
"""
# Nobody asks: the host finds out by itself, and says which command mends it.
IS_TOLD = """\
until journalctl --quiet --unit=bedplate-doctor | grep -q "bedplate disk replace"; do sleep 1; done
"""


@dataclass(frozen=True, slots=True)
class Load:
    """A writer on a host, and what it has written so far."""

    host: Host

    @classmethod
    def begin(cls, host: Host) -> Load:
        host.check_output(f"mkdir -p {WRITTEN}")
        host.check_output("systemd-run --unit=writer sh -c %s", WRITER)
        load = cls(host)
        load.goes_on()
        return load

    def goes_on(self) -> None:
        """Wait until more was written than now."""
        self.host.check_output("timeout 300 sh -c %s", GOES_ON)

    def end(self) -> None:
        self.host.check_output("systemctl stop writer")


def check_written(host: Host) -> int:
    """Every file that was written is what it was; returns how many there are."""
    host.check_output(f"cd {WRITTEN} && sha256sum --check --quiet sums")
    return int(host.check_output(f"wc -l <{WRITTEN}/sums"))


def check_well(host: Host) -> None:
    said = host.run("bedplate doctor --json")
    assert said.rc == 0, json.loads(said.stdout)["problems"] or said.stdout


def drill(layout: str, firmware: FirmwareKind, *, full: bool = False) -> object:
    marks = (pytest.mark.xdist_group(layout), *((pytest.mark.full,) if full else ()))
    return pytest.param(layout, firmware, marks=marks)


# How many disks die at once, where it is not one.
LOST = {"zfs-raidz2": 2}


@pytest.mark.parametrize(
    ("layout", "firmware"),
    [
        drill("zfs-mirror", UEFI),
        drill("lvm-mirror", BIOS, full=True),
        drill("btrfs-raid1", UEFI, full=True),
        drill("zfs-mirror", BIOS, full=True),
        drill("lvm-mirror", UEFI, full=True),
        drill("btrfs-raid1", BIOS, full=True),
        drill("zfs-raid10", UEFI, full=True),
        drill("zfs-raidz1", BIOS, full=True),
        drill("zfs-raidz2", UEFI, full=True),
    ],
)
def test_a_disk_that_died_under_load_is_replaced(
    layout: str, firmware: FirmwareKind, hosts: Hosts, boot: Boot, vm_lab: VmLab, tmp_path: Path
) -> None:
    first = hosts.install(layout, firmware)
    disks = tuple(overlay(disk, tmp_path) for disk in first.disks)
    installed = replace(first, disks=disks)
    dead = disks[-LOST.get(layout, 1) :]
    new = vm_lab.disks(tmp_path / "new", len(dead), size_bytes=16 * GIB)
    with boot(installed, disks=disks, snapshot=False) as booted:
        load = Load.begin(booted.host)
        for disk in dead:
            booted.machine.unplug_disk(disk)
        load.goes_on()
        booted.host.check_output("timeout 300 sh -c %s", IS_TOLD)
        for disk in new:
            booted.machine.plug_disk(disk)
        booted.host.check_output("udevadm settle")
        replace_each(booted.host, dead, new)
        load.goes_on()
        load.end()
        check_well(booted.host)
        count = check_written(booted.host)
        booted.host.check_output("sync")
        booted.machine.shutdown()
    for alone in starts(layout, disks, new):
        with boot(installed, disks=alone) as booted:
            assert check_written(booted.host) == count


def replace_each(host: Host, dead: tuple[Disk, ...], new: tuple[Disk, ...]) -> None:
    """One is found without a word; of several nobody could say which is which."""
    if len(dead) == 1:
        host.check_output("bedplate disk replace --yes")
        return
    refused = host.run("bedplate disk replace --yes")
    assert (refused.rc, "[which-disk]" in refused.stderr) == (3, True)
    for old, other in zip(dead, new, strict=True):
        host.check_output(f"bedplate disk replace --yes {old.serial} {other.serial}")


def starts(
    layout: str, disks: tuple[Disk, ...], new: tuple[Disk, ...]
) -> tuple[tuple[Disk, ...], ...]:
    """A new disk first, and an old one first, each with as few others as the data can do with."""
    others = {"zfs-raidz1": disks[1:-1], "zfs-raid10": disks[1:3], "zfs-raidz2": disks[1:2]}
    few = others.get(layout, ())
    return (new[0], *few), (disks[0], *few)
