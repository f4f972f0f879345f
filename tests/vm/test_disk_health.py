"""Drives that say of themselves that they are failing: not taken as new ones, and told of."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from bedplate.lab.disks import overlay
from bedplate.lab.machine import Disk, DiskBus, device_id
from bedplate.lab.vm import Machine
from bedplate.model.facts import FirmwareKind
from tests.support.vm import VmLab
from tests.vm.conftest import Boot, Hosts
from tests.vm.test_replace import check_well

# Of NVMe's critical warning: too many errors.
FAILS, IS_WELL = 0x04, 0


def say(machine: Machine, drive: Disk, warning: int) -> None:
    """Have an emulated NVMe drive say this when it is asked for its health."""
    path = f"/machine/peripheral/{device_id(drive)}"
    asked = {"path": path, "property": "smart_critical_warning", "value": warning}
    machine.monitor.execute("qom-set", asked)


@pytest.mark.full
@pytest.mark.xdist_group("zfs-mirror")
def test_a_drive_that_fails_is_refused_as_a_new_one_and_named_when_it_is_in_use(
    hosts: Hosts, boot: Boot, vm_lab: VmLab, tmp_path: Path
) -> None:
    first = hosts.install("zfs-mirror", FirmwareKind.UEFI)
    disks = tuple(overlay(disk, tmp_path) for disk in first.disks)
    (drive,) = vm_lab.disks(tmp_path / "new", 1, bus=DiskBus.NVME)
    with boot(replace(first, disks=disks), disks=disks, snapshot=False) as booted:
        host, machine = booted.host, booted.machine
        assert host.run("bedplate disk health").rc == 0  # the disks of a lab have no SMART
        machine.unplug_disk(disks[1])
        machine.plug_disk(drive)
        host.check_output("udevadm settle")
        say(machine, drive, FAILS)
        refused = host.run("bedplate disk replace --yes")
        assert (refused.rc, "[new-disk-failing]" in refused.stderr) == (3, True), refused.stderr
        say(machine, drive, IS_WELL)
        host.check_output("bedplate disk replace --yes")
        check_well(host)
        say(machine, drive, FAILS)
        said = host.run("bedplate doctor --json")
        (problem,) = json.loads(said.stdout)["problems"]
        assert (said.rc, problem["code"]) == (4, "disk-failing")
        assert f"bedplate disk replace {drive.serial} NEW" in problem["hint"]
        health = host.run("bedplate disk health --json")
        found = {one["serial"]: one["condition"] for one in json.loads(health.stdout)}
        assert (health.rc, found[drive.serial], found[disks[0].serial]) == (4, "failing", "unknown")
