"""The QEMU command line, whole."""

from __future__ import annotations

import itertools
import json
import shlex
from pathlib import Path

import pytest

from bedplate.lab.machine import (
    Acceleration,
    DirectKernel,
    Disk,
    DiskBus,
    MachineSpec,
    Memory,
    Places,
    Stick,
    blockdev,
    device,
    qemu_argv,
)
from bedplate.model.facts import FirmwareKind
from bedplate.units import GIB

PLACES = Places(Path("/lab/a"), Path("/run/a"))
DISK = Disk(path=Path("/lab/a/disk0.qcow2"), serial="a-0")

HEAD = shlex.split(
    "qemu-system-x86_64 -name a -nodefaults -no-user-config -display none"
    " -accel tcg,thread=multi -cpu max,erms=off,fsrm=off -smp 1"
)

CONSOLE = shlex.split(
    "-chardev socket,id=qmp,path=/run/a/qmp,server=on,wait=off -mon chardev=qmp,mode=control"
    " -chardev socket,id=serial,path=/run/a/serial,server=on,wait=off"
    ",logfile=/lab/a/serial.log,logappend=on -serial chardev:serial"
    " -chardev socket,id=events,path=/run/a/events,server=on,wait=off"
)

DEVICES = shlex.split(
    "-netdev user,id=net0,hostfwd=tcp:127.0.0.1:0-:22 -object rng-builtin,id=rng0"
    " -device virtio-net-pci,netdev=net0,bus=pcie.0,addr=0x2,romfile="
    " -device virtio-scsi-pci,id=scsi0,bus=pcie.0,addr=0x3"
    " -device virtio-serial-pci,bus=pcie.0,addr=0x4"
    " -device virtserialport,chardev=events,name=org.bedplate.events"
    " -device virtio-rng-pci,rng=rng0,bus=pcie.0,addr=0x5"
    " -device vmgenid,guid=auto"
    " -device pcie-root-port,id=port0,bus=pcie.0,addr=0x8,chassis=1"
    " -device pcie-root-port,id=port1,bus=pcie.0,addr=0x9,chassis=2"
    " -device pcie-root-port,id=port2,bus=pcie.0,addr=0xa,chassis=3"
    " -device pcie-root-port,id=port3,bus=pcie.0,addr=0xb,chassis=4"
)

UEFI = shlex.split(
    "-drive if=pflash,unit=0,format=raw,readonly=on,file=/usr/share/OVMF/OVMF_CODE_4M.fd"
    " -drive if=pflash,unit=1,format=raw,file=/lab/a/variables.fd"
)

SECURE = shlex.split(
    "-drive if=pflash,unit=0,format=raw,readonly=on,file=/usr/share/OVMF/OVMF_CODE_4M.secboot.fd"
    " -drive if=pflash,unit=1,format=raw,file=/lab/a/variables.fd"
    " -global driver=cfi.pflash01,property=secure,value=on"
)


def machine(firmware: FirmwareKind, *disks: Disk, secure_boot: bool = False) -> MachineSpec:
    return MachineSpec(name="a", firmware=firmware, disks=disks, secure_boot=secure_boot)


def test_bios_machine_is_told_the_order_of_its_disks() -> None:
    argv = qemu_argv(machine(FirmwareKind.BIOS, DISK), PLACES, Acceleration.TCG)
    assert argv == (
        *(*HEAD, "-machine", "q35", "-m", "2048M", *CONSOLE, *DEVICES),
        *("-blockdev", json.dumps(blockdev(DISK))),
        *("-device", json.dumps(device(DISK, 0) | {"bootindex": 1})),
    )


def test_only_an_emulated_processor_goes_without_slow_instructions() -> None:
    argv = qemu_argv(MachineSpec(name="a", firmware=FirmwareKind.BIOS), PLACES, Acceleration.KVM)
    assert argv[argv.index("-cpu") + 1] == "max"


def test_uefi_machine_follows_its_own_boot_order() -> None:
    argv = qemu_argv(machine(FirmwareKind.UEFI, DISK), PLACES, Acceleration.TCG)
    assert argv == (
        *(*HEAD, "-machine", "q35", "-m", "2048M", *UEFI, *CONSOLE, *DEVICES),
        *("-blockdev", json.dumps(blockdev(DISK)), "-device", json.dumps(device(DISK, 0))),
    )


def test_secure_boot_keeps_the_variable_store_to_the_firmware() -> None:
    spec = machine(FirmwareKind.UEFI, secure_boot=True)
    argv = qemu_argv(spec, PLACES, Acceleration.TCG)
    board = ("-machine", "q35,smm=on", "-m", "2048M")
    assert argv == (*HEAD, *board, *SECURE, *CONSOLE, *DEVICES)


def test_a_stick_is_started_before_disks_and_network() -> None:
    spec = machine(FirmwareKind.BIOS, DISK).model_copy(
        update={"boots": Stick(image=Path("/l.iso"))}
    )
    words = qemu_argv(spec, PLACES, Acceleration.TCG)
    devices = [json.loads(word) for word in words if word.startswith('{"driver": "usb')]
    assert devices == [
        {
            **{"driver": "usb-storage", "bus": "usb.0", "removable": True, "bootindex": 0},
            "drive": "medium",
        }
    ]
    assert ("-device", "qemu-xhci,id=usb") in itertools.pairwise(words)


def test_resumed_live_machine_maps_the_saved_memory_privately() -> None:
    boots = DirectKernel(
        kernel=Path("/i/vmlinuz"),
        initrd=Path("/i/initrd.img"),
        cmdline="boot=live quiet",
        medium=Path("/i/live.iso"),
    )
    spec = machine(FirmwareKind.BIOS).model_copy(update={"boots": boots})
    argv = qemu_argv(
        spec, PLACES, Acceleration.TCG, memory=Memory(Path("/s/memory"), shared=False), paused=True
    )
    memory = {
        "qom-type": "memory-backend-file",
        "id": "ram",
        "size": 2 * GIB,
        "mem-path": "/s/memory",
        "share": False,
    }
    medium = {
        "node-name": "medium",
        "driver": "raw",
        "read-only": True,
        "file": {"driver": "file", "filename": "/i/live.iso", "read-only": True},
    }
    cd = {"driver": "scsi-cd", "bus": "scsi0.0", "scsi-id": 100, "drive": "medium"}
    assert argv == (
        *(*HEAD, "-machine", "q35,memory-backend=ram", "-m", "2048M"),
        *("-object", json.dumps(memory), *CONSOLE, *DEVICES),
        *("-kernel", "/i/vmlinuz", "-initrd", "/i/initrd.img", "-append", "boot=live quiet"),
        *("-blockdev", json.dumps(medium), "-device", json.dumps(cd)),
        *("-incoming", "defer", "-S"),
    )


def test_a_comma_in_a_path_does_not_end_the_option() -> None:
    places = Places(Path("/lab/a,b"), Path("/run/a"))
    argv = qemu_argv(machine(FirmwareKind.UEFI), places, Acceleration.TCG)
    assert "if=pflash,unit=1,format=raw,file=/lab/a,,b/variables.fd" in argv


@pytest.mark.parametrize(
    ("disk", "attached", "by_id"),
    [
        pytest.param(
            DISK,
            {"driver": "scsi-hd", "bus": "scsi0.0", "scsi-id": 3},
            "scsi-0QEMU_QEMU_HARDDISK_a-0",
            id="scsi",
        ),
        pytest.param(
            DISK.model_copy(update={"wwn": 0x5000C50000000001}),
            {
                "driver": "scsi-hd",
                "bus": "scsi0.0",
                "scsi-id": 3,
                "wwn": 0x5000C50000000001,
            },
            "scsi-35000c50000000001",
            id="scsi with a WWN",
        ),
        pytest.param(
            DISK.model_copy(update={"bus": DiskBus.NVME}),
            {"driver": "nvme", "bus": "port3"},
            "nvme-QEMU_NVMe_Ctrl_a-0",
            id="nvme",
        ),
        pytest.param(
            DISK.model_copy(update={"bus": DiskBus.VIRTIO}),
            {"driver": "virtio-blk-pci", "bus": "port3"},
            "virtio-a-0",
            id="virtio",
        ),
    ],
)
def test_disk_on_each_bus(disk: Disk, attached: dict[str, object], by_id: str) -> None:
    common = {
        "id": "disk-a-0",
        "drive": "node-a-0",
        "serial": "a-0",
        "logical_block_size": 512,
        "physical_block_size": 512,
    }
    assert device(disk, 3) == common | attached
    assert disk.by_id == by_id


def test_4kn_disk_has_large_sectors_through_and_through() -> None:
    assert device(DISK.model_copy(update={"sector_size": 4096}), 0) == {
        "id": "disk-a-0",
        "drive": "node-a-0",
        "serial": "a-0",
        "logical_block_size": 4096,
        "physical_block_size": 4096,
        "driver": "scsi-hd",
        "bus": "scsi0.0",
        "scsi-id": 0,
    }
