"""A host with one disk gets a larger second one, does without the first, and uses all of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bedplate.lab.disks import overlay
from bedplate.model.facts import FirmwareKind
from bedplate.units import GIB
from tests.support.vm import VmLab
from tests.vm.conftest import Boot, Hosts
from tests.vm.test_replace import Load, check_well, check_written

SIZE = {
    "zfs-single": "zpool list -H -p -o size rpool",
    "btrfs-single": "stat --file-system --format='%b * %S' / | xargs expr",
}


@pytest.mark.full
@pytest.mark.parametrize(
    ("layout", "firmware"),
    [("zfs-single", FirmwareKind.UEFI), ("btrfs-single", FirmwareKind.BIOS)],
)
def test_a_host_moves_to_a_larger_disk_while_it_runs(
    layout: str, firmware: FirmwareKind, hosts: Hosts, boot: Boot, vm_lab: VmLab, tmp_path: Path
) -> None:
    first = hosts.install(layout, firmware)
    old = overlay(first.disks[0], tmp_path)
    installed = replace(first, disks=(old,))
    (new,) = vm_lab.disks(tmp_path / "new", 1, size_bytes=20 * GIB)
    with boot(installed, disks=(old,), snapshot=False) as booted:
        host = booted.host
        load = Load.begin(host)
        before = int(host.check_output(SIZE[layout]))
        booted.machine.plug_disk(new)
        host.check_output("udevadm settle")
        host.check_output("bedplate disk attach --yes")
        load.goes_on()
        check_well(host)
        count = check_written(host)
        load.end()
        booted.machine.shutdown()
    for alone in (new, old):
        with boot(installed, disks=(alone,)) as booted:
            assert check_written(booted.host) >= count
    with boot(installed, disks=(old, new), snapshot=False) as booted:
        host = booted.host
        refused = host.run("bedplate disk expand --yes")
        assert (refused.rc, "has room for" in refused.stderr) == (3, True)
        host.check_output(f"bedplate disk detach --yes {old.serial}")
        booted.machine.unplug_disk(old)
        host.check_output("bedplate disk expand --yes")
        assert int(host.check_output(SIZE[layout])) > before + 3 * GIB
        check_well(host)
        check_written(host)
        booted.machine.shutdown()
    with boot(installed, disks=(new,)) as booted:
        assert check_written(booted.host) >= count
