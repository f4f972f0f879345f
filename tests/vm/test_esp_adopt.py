"""A host whose GRUB reads the root file system, and whose ESP is mounted, adopts that ESP."""

from __future__ import annotations

from pathlib import Path

import pytest

from bedplate.errors import ExitCode
from bedplate.model.facts import FirmwareKind
from bedplate.model.plan import RECORD, Plan
from tests.support.vm import VmLab
from tests.vm.conftest import Boot

MOUNT = """set -e
mkdir -p /boot/efi
echo "UUID=$(blkid -o value -s UUID {esp}) /boot/efi vfat umask=0077 0 1" >>/etc/fstab
mount /boot/efi
"""


@pytest.mark.full
@pytest.mark.parametrize("firmware", FirmwareKind)
def test_a_host_starts_from_the_esp_that_it_adopted(
    firmware: FirmwareKind, vm_lab: VmLab, boot: Boot, tmp_path: Path
) -> None:
    disks = vm_lab.disks(tmp_path, 1)
    host = vm_lab.install(tmp_path, "lvm-thin", disks, firmware=firmware, name="adopted")
    with boot(host, snapshot=False) as booted:
        here = booted.host
        plan = Plan.model_validate_json(here.file(RECORD).content_string)
        here.check_output(MOUNT.format(esp=f"/dev/disk/by-id/{plan.disks[0].id}-part2"))
        fstab = here.file("/etc/fstab").content_string

        assert here.run("bedplate esp status").rc == ExitCode.REFUSED
        shown = here.check_output("bedplate esp adopt --dry-run")
        assert shown.startswith("umount /boot/efi\nwrite  /etc/kernel/proxmox-boot-uuids\n")
        assert here.run("bedplate esp adopt </dev/null").rc == ExitCode.REFUSED
        assert here.file("/etc/fstab").content_string == fstab
        assert here.mount_point("/boot/efi").exists

        here.check_output("bedplate esp adopt --yes")
        assert not here.mount_point("/boot/efi").exists
        off = "# kept in sync by bedplate, and not mounted: "
        *others, last = fstab.splitlines()
        assert here.file("/etc/fstab").content_string.splitlines() == [*others, off + last]
        here.check_output("bedplate esp status")
        booted.machine.shutdown()
    with boot(host) as booted:
        (image, *_) = booted.host.file("/proc/cmdline").content_string.split()
        assert image.startswith("BOOT_IMAGE=/EFI/proxmox/")
        booted.host.check_output("bedplate esp status")
        booted.host.check_output("bedplate doctor")
        assert booted.host.check_output("systemctl --failed --no-legend") == ""
