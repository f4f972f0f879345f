"""Secure Boot, as a machine is delivered: its firmware knows Microsoft's keys and no others."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from testinfra.host import Host

from bedplate.errors import ExitCode
from bedplate.lab.snapshot import wait_for_live
from bedplate.model.facts import ZFS_MODULE, FirmwareKind
from bedplate.model.plan import RECORD, Plan
from tests.support.installed_host import check_host, check_storage
from tests.support.mok import confirm_enrolment
from tests.support.vm import Installed, VmLab, facts_of
from tests.vm.conftest import Boot

pytestmark = pytest.mark.full

UEFI = FirmwareKind.UEFI
# A signature is at the end, and what says how long it is: admin-guide/module-signing of the kernel.
UNSIGN = """\
import struct, sys
data = open(sys.argv[1], "rb").read()
assert data.endswith(b"~Module signature appended~\\n")
length = 28 + 12 + struct.unpack(">I", data[-32:-28])[0]
open(sys.argv[1], "wb").write(data[:-length])
"""


def check_locked_down(host: Host) -> None:
    assert "[integrity]" in host.file("/sys/kernel/security/lockdown").content_string
    assert host.check_output("mokutil --sb-state") == "SecureBoot enabled"


def check_whole(host: Host, name: str) -> Plan:
    """Assert that a host with all its disks is what its plan says, locked down; gives the plan."""
    plan = Plan.model_validate_json(host.file(RECORD).content_string)
    check_host(host, plan, name, UEFI)
    check_storage(host, plan.storage, health="ONLINE")
    check_locked_down(host)
    return plan


def refused_codes(status: str) -> list[str]:
    return [problem["code"] for problem in json.loads(status)["problems"]]


def check_rebuilt_module(host: Host, plan: Plan) -> None:
    """Assert that a module which nobody signed, as after a new build, does not get to the ESPs."""
    esps = " ".join(f"/dev/disk/by-id/{disk.id}-part2" for disk in plan.disks)
    before = host.check_output(f"sha256sum {esps}")
    host.check_output("cd /lib/modules/$(uname -r)/updates/dkms && xz -d zfs.ko.xz")
    host.check_output(f"python3 -c '{UNSIGN}' /lib/modules/*/updates/dkms/zfs.ko")
    host.check_output("depmod && update-initramfs -u")
    synced = host.run("bedplate esp sync")
    assert (synced.rc, "module-unsigned" in synced.stderr) == (ExitCode.REFUSED, True)
    assert "module-unsigned" in host.run("bedplate doctor").stderr
    assert host.check_output(f"sync; sha256sum {esps}") == before


def test_lvm_thin_starts_with_no_key_enrolled(vm_lab: VmLab, tmp_path: Path, boot: Boot) -> None:
    disks = vm_lab.disks(tmp_path, 1)
    with vm_lab.from_stick(tmp_path, disks, secure_boot=True) as machine:
        assert machine.fail("modprobe zfs").strip().endswith("Key was rejected by service")
        found = facts_of(machine)
        assert (found.firmware.checks_modules, found.missing_tools) == (True, (ZFS_MODULE,))
        vm_lab.install_in(machine, tmp_path, "lvm-thin", disks, name="locked")
    installed = Installed("locked", UEFI, disks, tmp_path, secure_boot=True)
    with boot(installed) as booted:
        check_whole(booted.host, installed.name)


def test_a_zfs_mirror_starts_once_its_key_is_enrolled(
    vm_lab: VmLab, tmp_path: Path, boot: Boot
) -> None:
    disks = vm_lab.disks(tmp_path, 2)
    with vm_lab.from_stick(tmp_path, disks, secure_boot=True) as machine:
        staged = json.loads(machine.succeed("bedplate secure-boot enrol --json"))
        assert len(staged["staged"]) == 1
        code, status = machine.console.execute("bedplate secure-boot status --json")
        assert (code, refused_codes(status)) == (ExitCode.DIFFERS, ["module-refused"])
        said = machine.succeed("bedplate secure-boot enrol")
        assert said.startswith("Staged before")
        machine.console.send_line("reboot --force")
        confirm_enrolment(machine.console, staged["password"])
        wait_for_live(machine)
        assert refused_codes(machine.succeed("bedplate secure-boot status --json")) == []
        vm_lab.install_in(machine, tmp_path, "zfs-mirror", disks, name="locked")
    installed = Installed("locked", UEFI, disks, tmp_path, secure_boot=True)
    with boot(installed) as booted:
        plan = check_whole(booted.host, installed.name)
        booted.host.check_output("bedplate doctor")
        assert booted.host.check_output("bedplate secure-boot enrol") == (
            "Every key of this host is enrolled."
        )
        check_rebuilt_module(booted.host, plan)
    with boot(installed, disks=disks[1:]) as booted:
        check_storage(booted.host, plan.storage, health="DEGRADED")
        check_locked_down(booted.host)
