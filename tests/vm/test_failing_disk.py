"""Disks that fail in worse ways than by being pulled: with errors, or in the middle of a resilver.

Each drill ends with the host being started from the new disk alone, and from the old one alone.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from testinfra.host import Host

from bedplate.model.facts import FirmwareKind
from bedplate.units import GIB, MIB
from tests.support.failing import break_disk, slow_disk
from tests.support.vm import VmLab
from tests.vm.conftest import Boot, Hosts
from tests.vm.test_new_disk import SECONDS, check_each_alone, end_well, of_its_own
from tests.vm.test_replace import IS_TOLD, Load

pytestmark = [pytest.mark.full, pytest.mark.xdist_group("zfs-mirror")]

# Slow enough for a resilver to last until somebody has looked.
SLOWLY = 16 * MIB
RESILVERS = """\
until zpool status rpool | grep -q "resilver in progress"; do
    systemctl is-active --quiet replacing || exit 1
    sleep 0.2
done
"""
ENDED = "while systemctl is-active --quiet replacing; do sleep 1; done"


@pytest.mark.parametrize("layout", ["zfs-mirror", "lvm-mirror", "btrfs-raid1"])
def test_a_disk_that_answers_with_errors_is_replaced_while_it_is_there(
    layout: str, hosts: Hosts, boot: Boot, vm_lab: VmLab, tmp_path: Path
) -> None:
    installed = of_its_own(hosts.install(layout, FirmwareKind.UEFI), tmp_path)
    old, dying = installed.disks
    (new,) = vm_lab.disks(tmp_path / "new", 1, size_bytes=16 * GIB)
    with boot(installed, snapshot=False) as booted:
        host = booted.host
        load = Load.begin(host)
        break_disk(booted.machine, dying)
        load.goes_on()
        host.check_output("timeout 300 sh -c %s", IS_TOLD)
        assert dying.serial in host.run("bedplate doctor 2>&1").stdout
        booted.machine.plug_disk(new)
        host.check_output("udevadm settle")
        host.check_output(f"timeout {SECONDS} bedplate disk replace --yes")
        count = end_well(load)
        booted.machine.shutdown()
    check_each_alone(boot, installed, (new, old), count)


def test_a_new_disk_that_dies_in_the_resilver_is_replaced_in_its_turn(
    hosts: Hosts, boot: Boot, vm_lab: VmLab, tmp_path: Path
) -> None:
    installed = of_its_own(hosts.install("zfs-mirror", FirmwareKind.UEFI), tmp_path)
    old, dead = installed.disks
    first, second = vm_lab.disks(tmp_path / "new", 2, size_bytes=16 * GIB)
    with boot(installed, snapshot=False) as booted:
        host = booted.host
        load = Load.begin(host)
        booted.machine.unplug_disk(dead)
        load.goes_on()
        booted.machine.plug_disk(first)
        slow_disk(booted.machine, first, SLOWLY)
        host.check_output("udevadm settle")
        host.check_output(
            "systemd-run --unit=replacing --property=RemainAfterExit=no bedplate disk replace --yes"
        )
        host.check_output("timeout 600 sh -c %s", RESILVERS)
        booted.machine.unplug_disk(first)
        host.check_output("timeout 300 sh -c %s", ENDED)
        code, said = end_of_replacing(host)
        assert (code, "did not become a member" in said) == (1, True), said
        assert "has taken the place" not in said
        assert host.run("bedplate doctor").rc == 4
        load.goes_on()
        booted.machine.plug_disk(second)
        host.check_output("udevadm settle")
        host.check_output(f"timeout {SECONDS} bedplate disk replace --yes")
        count = end_well(load)
        booted.machine.shutdown()
    check_each_alone(boot, installed, (second, old), count)


def end_of_replacing(host: Host) -> tuple[int, str]:
    """The exit code of the replacement that was started as a unit, and what it said."""
    code = host.check_output("systemctl show --value --property=ExecMainStatus replacing")
    return int(code), host.check_output("journalctl --quiet --unit=replacing --output=cat")
