"""A host of two boot disks lives on: kernels come and go, and either disk alone starts it.

Whether the ESPs are right is found out without bedplate: they are mounted, and compared with what
the host has in /boot.
"""

from __future__ import annotations

from itertools import product

import pytest
from testinfra.host import Host

from bedplate.errors import ExitCode
from bedplate.lab.trial import try_disk
from bedplate.model.diagnosis import Diagnosis
from bedplate.model.facts import FirmwareKind
from tests.support.checksum import image_checksum
from tests.support.vm import Installed, VmLab
from tests.vm.conftest import Boot

OLD = "6.1.0-bedplate-amd64"
ADDED = "bedplate.test=1"
# A kernel's package as Debian makes them, with the running kernel under another name in it.
PACKAGE = f"""set -e
running=$(uname -r)
cd "$(mktemp -d)"
modules=tree/usr/lib/modules/{OLD}
mkdir -p tree/DEBIAN tree/boot $modules
cp /boot/vmlinuz-$running tree/boot/vmlinuz-{OLD}
cp /boot/config-$running tree/boot/config-{OLD}
# Without headers, for which zfs would be built.
for part in $(ls -I build -I source /lib/modules/$running); do
    ln -s ../$running/$part $modules/$part
done
printf '%s\\n' 'Package: linux-image-{OLD}' 'Version: 6.1.0-1' 'Architecture: amd64' \
    'Maintainer: nobody <nobody@example.com>' 'Description: a kernel' >tree/DEBIAN/control
for script in postinst postrm; do
    printf '%s\\n' '#!/bin/sh -e' \
        "linux-run-hooks image $script {OLD} /boot/vmlinuz-{OLD} -- \\"\\$@\\"" >tree/DEBIAN/$script
    chmod 755 tree/DEBIAN/$script
done
dpkg-deb --root-owner-group --build tree /root/kernel.deb
"""
# Every file of every kernel on an ESP, as a checksum and a name without folders.
ON_ESP = """set -e
at=$(mktemp -d)
mount -o ro %s $at
trap 'umount $at' EXIT
find $at -name 'vmlinuz-*' -o -name 'initrd.img-*' | xargs sha256sum | sed 's, .*/, ,' | sort
echo --
cat $at/loader/entries/*.conf $at/grub/grub.cfg
"""
IN_BOOT = "cd /boot && sha256sum vmlinuz-* initrd.img-* | sed 's,  , ,' | sort"


@pytest.mark.full
@pytest.mark.xdist_group("mirror")
def test_kernels_come_and_go_and_each_disk_alone_starts_the_host(
    mirror: Installed, boot: Boot
) -> None:
    with boot(mirror, snapshot=False) as booted:
        here = booted.host
        check_in_sync(here, kernels=1)

        here.check_output(PACKAGE)
        here.check_output("dpkg --install /root/kernel.deb")
        check_in_sync(here, kernels=2)

        here.check_output("dpkg --purge linux-image-%s", OLD)
        check_in_sync(here, kernels=1)

        before = here.check_output(IN_BOOT)
        here.check_output("echo bedplate_test >>/etc/initramfs-tools/modules")
        here.check_output("update-initramfs -u")
        assert here.check_output(IN_BOOT) != before
        check_in_sync(here, kernels=1)

        cmdline = here.file("/etc/kernel/cmdline").content_string.strip()
        here.check_output("bedplate kernel cmdline set %s", f"{cmdline} {ADDED}")
        menus = check_in_sync(here, kernels=1)
        assert all(menu.count(f"{cmdline} {ADDED}") == 2 for menu in menus)
        assert here.check_output("systemctl --failed --no-legend") == ""
        booted.machine.shutdown()
    for disk, firmware in product(mirror.disks, FirmwareKind):
        with boot(mirror, disks=(disk,), firmware=firmware, keep_variables=False) as booted:
            assert ADDED in booted.host.file("/proc/cmdline").content_string.split()


@pytest.mark.full
@pytest.mark.xdist_group("mirror")
def test_a_boot_disk_that_is_gone_breaks_no_package_and_leaves_a_failed_unit(
    mirror: Installed, boot: Boot
) -> None:
    with boot(mirror, disks=mirror.disks[:1]) as booted:
        here = booted.host
        done = here.run("update-initramfs -u 2>&1")
        assert done.rc == 0
        assert "NOT EVERY BOOT DISK IS UP TO DATE" in done.stdout
        failed = here.check_output("systemctl --failed --no-legend --plain")
        assert "bedplate-esp-sync.service" in failed
        assert here.run("bedplate esp status").rc == ExitCode.DIFFERS
        (esp,) = esps_of(here)
        on_esp = here.check_output(ON_ESP, esp).partition("--\n")[0]
        assert on_esp.strip() == here.check_output(IN_BOOT)


TAMPERING = {
    "one byte of a kernel": (
        "printf x | dd of=$(ls $at/EFI/proxmox/*/vmlinuz-*) bs=1 seek=9999 conv=notrunc",
        {("bios", "esp-file-differs"), ("uefi", "esp-file-differs")},
    ),
    "a loader that is missing": (
        "rm $at/EFI/BOOT/BOOTX64.EFI",
        {("uefi", "esp-file-missing")},
    ),
    "an empty BIOS boot partition": (
        "dd if=/dev/zero of=$disk-part1 bs=512 seek=1 count=500",
        {("bios", "bios-boot")},
    ),
}


@pytest.mark.xdist_group("zfs-mirror")
def test_doctor_names_the_disk_and_the_reason_and_a_sync_mends_it(
    mirror: Installed, boot: Boot
) -> None:
    with boot(mirror) as booted:
        here = booted.host
        first, second = (disk.by_id for disk in mirror.disks)
        well = {first: set[tuple[str, str]](), second: set[tuple[str, str]]()}
        assert diagnosis(here) == (0, well)
        for command, reasons in TAMPERING.values():
            tamper(here, second, command)
            assert diagnosis(here) == (ExitCode.DIFFERS, well | {second: reasons})
            here.check_output("bedplate esp sync")
            assert diagnosis(here) == (0, well)


# What is done to the second disk, and the firmwares under which it starts all the same.
HARM = {
    "a kernel that is damaged": (
        "dd if=/dev/urandom of=$(ls $at/EFI/proxmox/*/vmlinuz-*) bs=1M seek=5 count=1 conv=notrunc",
        set(),
    ),
    "a loader that is missing": (
        TAMPERING["a loader that is missing"][0],
        {FirmwareKind.BIOS},
    ),
    "an empty BIOS boot partition": (
        TAMPERING["an empty BIOS boot partition"][0],
        {FirmwareKind.UEFI},
    ),
}


@pytest.mark.full
@pytest.mark.xdist_group("mirror")
@pytest.mark.parametrize("harm", HARM)
def test_a_start_of_each_disk_alone_tells_which_one_does_not(
    harm: str, mirror: Installed, boot: Boot, vm_lab: VmLab
) -> None:
    command, still = HARM[harm]
    with boot(mirror, snapshot=False) as booted:
        cmdline = booted.host.file("/etc/kernel/cmdline").content_string.strip()
        tamper(booted.host, mirror.disks[1].by_id, command)
        booted.machine.shutdown()
    before = [image_checksum(disk.path) for disk in mirror.disks]
    trials = [
        try_disk(disk, disk.serial, firmware, vm_lab.acceleration)
        for disk, firmware in product(mirror.disks, FirmwareKind)
    ]
    first, second = mirror.disks
    started = {(trial.disk, trial.firmware) for trial in trials if trial.kernel is not None}
    assert started == {*product([first.serial], FirmwareKind), *product([second.serial], still)}
    assert all(cmdline in (trial.cmdline or "") for trial in trials if trial.kernel is not None)
    assert [image_checksum(disk.path) for disk in mirror.disks] == before


def tamper(host: Host, disk: str, command: str) -> None:
    """Run a command that has the disk of that id as `$disk`, and its ESP mounted at `$at`."""
    host.check_output(
        f"disk=/dev/disk/by-id/{disk} at=$(mktemp -d); mount $disk-part2 $at"
        f" && {command}; umount $at; sync"
    )


def diagnosis(host: Host) -> tuple[int, dict[str, set[tuple[str, str]]]]:
    """What doctor says: its exit code, and for each boot disk by id firmware and reason.

    Not in the order in which it lists them: the kernel finds disks in any.
    """
    done = host.run("bedplate doctor --json")
    found = Diagnosis.model_validate_json(done.stdout)
    assert found.problems == ()
    return done.rc, {
        disk.disk: {(v.firmware.value, p.code) for v in disk.verdicts for p in v.faults}
        for disk in found.disks
    }


def check_in_sync(host: Host, *, kernels: int) -> list[str]:
    """Every ESP has the kernels of /boot, byte for byte; returns the menus of each."""
    wanted = host.check_output(IN_BOOT)
    assert len(wanted.splitlines()) == 2 * kernels
    parts = [host.check_output(ON_ESP, esp).partition("--\n") for esp in esps_of(host)]
    assert [there.strip() for there, _, _ in parts] == [wanted, wanted]
    assert host.check_output("bedplate esp status >/dev/null && echo well") == "well"
    return [menus for _, _, menus in parts]


def esps_of(host: Host) -> list[str]:
    listed = host.file("/etc/kernel/proxmox-boot-uuids").content_string.split()
    there = [f"/dev/disk/by-uuid/{fat_id}" for fat_id in listed]
    return [path for path in there if host.file(path).exists]
