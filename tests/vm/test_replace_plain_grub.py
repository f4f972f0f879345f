"""A host from before kernels were kept on ESPs: its GRUB reads the root, on a new disk too."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from testinfra.host import Host

from bedplate.lab.disks import overlay
from bedplate.model.facts import FirmwareKind
from bedplate.model.plan import RECORD, Plan
from bedplate.units import GIB
from tests.support.vm import VmLab
from tests.vm.conftest import Boot, Hosts
from tests.vm.test_replace import Load, check_well, check_written

# The manual's words for it, "with grub", and ESPs that nothing was ever put on.
AS_IT_WAS = """set -e
rm /etc/kernel/proxmox-boot-uuids /etc/kernel/cmdline
for disk in {disks}; do
    blkdiscard --zeroout --force /dev/disk/by-id/$disk-part2
    grub-install /dev/disk/by-id/$disk
done
update-grub
"""


def reads_the_root(host: Host) -> bool:
    """Whether the kernel came from the root file system, and not from an ESP."""
    (image, *_) = host.file("/proc/cmdline").content_string.split()
    return "EFI" not in image and "/vmlinuz-" in image


@pytest.mark.full
@pytest.mark.parametrize(
    "layout",
    [
        pytest.param(layout, marks=pytest.mark.xdist_group(layout))
        for layout in ("lvm-mirror", "btrfs-raid1")
    ],
)
def test_a_disk_of_a_host_whose_grub_reads_the_root_is_replaced(
    layout: str, hosts: Hosts, boot: Boot, vm_lab: VmLab, tmp_path: Path
) -> None:
    first = hosts.install(layout, FirmwareKind.BIOS)
    disks = tuple(overlay(disk, tmp_path) for disk in first.disks)
    installed = replace(first, disks=disks)
    (new,) = vm_lab.disks(tmp_path / "new", 1, size_bytes=16 * GIB)
    with boot(installed, disks=disks, snapshot=False) as booted:
        plan = Plan.model_validate_json(booted.host.file(RECORD).content_string)
        names = " ".join(disk.id for disk in plan.disks)
        booted.host.check_output(AS_IT_WAS.format(disks=names))
        booted.machine.shutdown()
    with boot(installed, disks=disks, snapshot=False) as booted:
        host = booted.host
        assert reads_the_root(host)
        check_well(host)
        load = Load.begin(host)
        booted.machine.unplug_disk(disks[-1])
        load.goes_on()
        booted.machine.plug_disk(new)
        host.check_output("udevadm settle")
        done = host.run("bedplate disk replace --yes")
        assert done.rc == 0, done.stdout + done.stderr
        assert "itself on this host: the new disk starts it once it has" in done.stdout
        load.goes_on()
        load.end()
        check_well(host)
        count = check_written(host)
        host.check_output("sync")
        booted.machine.shutdown()
    for alone in (new, disks[0]):
        with boot(installed, disks=(alone,)) as booted:
            assert reads_the_root(booted.host)
            assert check_written(booted.host) == count
