"""The machines of the lab themselves: resumed, told apart, given disks, and crashed."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Literal

import pytest

from bedplate.lab.machine import DiskBus
from bedplate.lab.process import Process
from bedplate.model.facts import FirmwareKind
from bedplate.units import GIB
from tests.support.vm import VmLab
from tests.vm.conftest import LiveMachine

RANDOM = "od -An -tx1 -N32 /dev/urandom"


@pytest.mark.parametrize("firmware", FirmwareKind)
def test_resumed_machine_answers_under_the_firmware_asked_for(
    live_machine: LiveMachine, firmware: FirmwareKind
) -> None:
    machine = live_machine(firmware=firmware)
    told = machine.succeed("test -d /sys/firmware/efi && echo uefi || echo bios")
    assert told == f"{firmware.value}\n"


def test_resumed_machine_has_the_time_of_its_host(live_machine: LiveMachine) -> None:
    machine = live_machine()
    before = int(machine.succeed("date +%s"))
    host = machine.places.serial_log.stat().st_mtime
    assert abs(host - before) < 60


def test_machines_of_one_snapshot_have_random_numbers_of_their_own(
    live_machine: LiveMachine,
) -> None:
    one, other = live_machine(), live_machine()
    assert one.succeed(RANDOM) != other.succeed(RANDOM)
    for machine in (one, other):
        machine.succeed("dmesg | grep -q 'crng reseeded due to virtual machine fork'")


def test_machines_of_one_snapshot_do_not_see_each_others_memory(
    live_machine: LiveMachine,
) -> None:
    one = live_machine()
    one.succeed("echo mine >/run/mark")
    other = live_machine()
    other.fail("test -e /run/mark")
    assert one.succeed("cat /run/mark") == "mine\n"


@pytest.mark.parametrize("bus", DiskBus)
def test_disk_is_plugged_and_pulled(
    live_machine: LiveMachine, vm_lab: VmLab, tmp_path: Path, bus: DiskBus
) -> None:
    machine = live_machine()
    (disk,) = vm_lab.disks(tmp_path / "disks", 1, size_bytes=GIB, bus=bus)
    node = f"/dev/disk/by-id/{disk.by_id}"
    machine.fail(f"test -e {node}")
    machine.plug_disk(disk)
    machine.wait_for_disks(disk)
    assert machine.succeed(f"blockdev --getsize64 {node}") == f"{GIB}\n"
    machine.unplug_disk(disk)
    machine.wait_until_succeeds(f"test ! -e {node}", timeout=30)


@pytest.mark.parametrize("bus", DiskBus)
@pytest.mark.parametrize("sector_size", [512, 4096])
def test_sector_size_is_the_one_asked_for(
    live_machine: LiveMachine, bus: DiskBus, sector_size: Literal[512, 4096]
) -> None:
    machine = live_machine(2, size_bytes=GIB, sector_size=sector_size, bus=bus)
    for disk in machine.spec.disks:
        told = machine.succeed(f"blockdev --getss --getpbsz /dev/disk/by-id/{disk.by_id}")
        assert told == f"{sector_size}\n{sector_size}\n"


def test_crash_leaves_no_process(live_machine: LiveMachine) -> None:
    machine = live_machine(1, size_bytes=GIB)
    process = Process(machine.process.pid)
    assert not process.ended()
    machine.crash()
    assert process.ended()
    process.close()


def test_what_was_written_outlives_a_crash(vm_lab: VmLab, tmp_path: Path) -> None:
    disks = vm_lab.disks(tmp_path / "disks", 1, size_bytes=GIB)
    node = f"/dev/disk/by-id/{disks[0].by_id}"
    with vm_lab.live(tmp_path / "one", disks) as machine:
        machine.succeed(f"echo still here | dd of={node} conv=fsync")
        machine.crash()
    with vm_lab.live(tmp_path / "two", disks) as machine:
        assert machine.succeed(f"head -n 1 {node}") == "still here\n"


def test_file_arrives_whole(live_machine: LiveMachine) -> None:
    machine = live_machine()
    content = "ä\n'\"$x\n".encode() * 1000
    machine.console.send_file(content, "/run/file", mode=0o640)
    expected = f"640 {hashlib.sha256(content).hexdigest()}  -\n"
    assert machine.succeed("stat -c %a /run/file | tr '\\n' ' '; sha256sum </run/file") == expected
