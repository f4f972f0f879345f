"""A host with one disk gets a larger second one, does without the first, and uses all of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from testinfra.host import Host

from bedplate.lab.disks import overlay
from bedplate.model.facts import FirmwareKind
from bedplate.units import GIB
from tests.support.vm import VmLab
from tests.vm.conftest import Boot, Hosts
from tests.vm.test_replace import Load, check_well, check_written

SIZE = {
    "zfs-single": "zpool list -H -p -o size rpool",
    "btrfs-single": "stat --file-system --format='%b * %S' / | xargs expr",
    "lvm-thin": "vgs --noheadings --nosuffix --units b --options vg_size pve",
}
# The host itself says that it has lost a disk.
FAILED = "systemctl --failed --no-legend --plain | grep -v bedplate-doctor"


def check_volumes(host: Host) -> None:
    """Swap and the thin pool are there without anybody's help, whatever disks are missing."""
    assert "/dev/dm-" in host.check_output("swapon --show=NAME --noheadings")
    attributes = host.check_output("lvs --noheadings --options lv_active pve/data")
    assert attributes.strip() == "active"
    assert host.run(FAILED).stdout == ""


@pytest.mark.full
@pytest.mark.parametrize(
    ("layout", "firmware"),
    [
        ("zfs-single", FirmwareKind.UEFI),
        ("btrfs-single", FirmwareKind.BIOS),
        ("lvm-thin", FirmwareKind.UEFI),
        ("lvm-thin", FirmwareKind.BIOS),
    ],
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
            if layout == "lvm-thin":
                check_volumes(booted.host)
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


IS_MOVING = """\
until lvs --all --noheadings --options lv_name pve | grep -q pvmove; do sleep 0.2; done
"""


@pytest.mark.full
def test_a_power_cut_while_a_volume_group_moves_is_gone_on_from(
    hosts: Hosts, boot: Boot, vm_lab: VmLab, tmp_path: Path
) -> None:
    """Its root is on two disks by then, and on a volume that is a mirror for the time being."""
    first = hosts.install("lvm-thin", FirmwareKind.UEFI)
    old = overlay(first.disks[0], tmp_path)
    installed = replace(first, disks=(old,))
    (new,) = vm_lab.disks(tmp_path / "new", 1, size_bytes=16 * GIB)
    both = (old, new)
    with boot(installed, disks=both, snapshot=False) as booted:
        host = booted.host
        load = Load.begin(host)
        host.check_output("systemd-run --unit=attach bedplate disk attach --yes")
        host.check_output("timeout 300 sh -c %s", IS_MOVING)
        load.goes_on()
        count = check_written(host)
        booted.machine.crash()
    with boot(installed, disks=both, snapshot=False) as booted:
        host = booted.host
        assert check_written(host) >= count
        host.check_output("bedplate disk attach --yes")
        check_well(host)
        check_volumes(host)
        booted.machine.shutdown()
    for alone in both:
        with boot(installed, disks=(alone,)) as booted:
            assert check_written(booted.host) >= count
            check_volumes(booted.host)
