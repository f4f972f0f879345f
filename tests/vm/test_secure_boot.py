"""Secure Boot, as a machine is delivered: its firmware knows Microsoft's keys and no others."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from testinfra.host import Host

from bedplate.lab.snapshot import wait_for_live
from bedplate.lab.vm import Machine
from bedplate.model.facts import ZFS_MODULE, Facts, FirmwareKind
from bedplate.model.plan import RECORD, Plan
from tests.support.installed_host import check_host, check_storage
from tests.support.mok import confirm_enrolment
from tests.support.vm import Installed, VmLab
from tests.vm.conftest import Boot

pytestmark = pytest.mark.full

UEFI = FirmwareKind.UEFI


def check_locked_down(host: Host) -> None:
    assert "[integrity]" in host.file("/sys/kernel/security/lockdown").content_string
    assert host.check_output("mokutil --sb-state") == "SecureBoot enabled"


def probed(machine: Machine) -> Facts:
    return Facts.model_validate_json(machine.succeed("bedplate facts --json"))


def test_lvm_thin_starts_with_no_key_enrolled(vm_lab: VmLab, tmp_path: Path, boot: Boot) -> None:
    disks = vm_lab.disks(tmp_path, 1)
    with vm_lab.from_stick(tmp_path, disks, secure_boot=True) as machine:
        assert machine.fail("modprobe zfs").strip().endswith("Key was rejected by service")
        found = probed(machine)
        assert (found.takes_zfs, found.missing_tools) == (False, (ZFS_MODULE,))
        vm_lab.install_in(machine, tmp_path, "lvm-thin", disks, name="locked")
    installed = Installed("locked", UEFI, disks, tmp_path, secure_boot=True)
    with boot(installed) as booted:
        plan = Plan.model_validate_json(booted.host.file(RECORD).content_string)
        check_host(booted.host, plan, installed.name, UEFI)
        check_storage(booted.host, plan.storage, health="ONLINE")
        check_locked_down(booted.host)


def test_a_zfs_mirror_starts_once_its_key_is_enrolled(
    vm_lab: VmLab, tmp_path: Path, boot: Boot
) -> None:
    disks = vm_lab.disks(tmp_path, 2)
    with vm_lab.from_stick(tmp_path, disks, secure_boot=True) as machine:
        staged = json.loads(machine.succeed("bedplate secure-boot enrol --json"))
        assert len(staged["staged"]) == 1
        said = machine.succeed("bedplate secure-boot enrol")
        assert said.startswith("Staged before")
        machine.console.send_line("reboot --force")
        confirm_enrolment(machine.console, staged["password"])
        wait_for_live(machine)
        assert probed(machine).takes_zfs
        assert "enrolled" in machine.succeed("bedplate secure-boot status")
        vm_lab.install_in(machine, tmp_path, "zfs-mirror", disks, name="locked")
    installed = Installed("locked", UEFI, disks, tmp_path, secure_boot=True)
    with boot(installed) as booted:
        plan = Plan.model_validate_json(booted.host.file(RECORD).content_string)
        check_host(booted.host, plan, installed.name, UEFI)
        check_storage(booted.host, plan.storage, health="ONLINE")
        check_locked_down(booted.host)
        booted.host.check_output("bedplate doctor")
        assert booted.host.check_output("bedplate secure-boot enrol") == (
            "Every key of this host is enrolled."
        )
    with boot(installed, disks=disks[1:]) as booted:
        check_storage(booted.host, plan.storage, health="DEGRADED")
        check_locked_down(booted.host)
