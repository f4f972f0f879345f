"""What a lab machine is, and the QEMU command line that makes it.

Pure: nothing here starts or touches anything. A disk is described by the same two values whether it
is there from the start (`-blockdev`, `-device`) or is plugged in later over the monitor. Every
device has a fixed PCI address, because the installer writes the name of the network interface into
the host's configuration and that name comes from the address.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Literal

from bedplate.model.facts import FirmwareKind
from bedplate.model.value import Value
from bedplate.units import GIB, MIB

QEMU = "qemu-system-x86_64"
EVENTS_PORT = "org.bedplate.events"
HOTPLUG_PORTS = 4
"""PCIe root ports kept free for NVMe and virtio disks; SCSI disks need none."""

_FIRMWARE = Path("/usr/share/OVMF")
_SCSI_SLOT_OF_MEDIUM = 100


class DiskBus(StrEnum):
    """How a disk is attached; it decides the disk's name under /dev/disk/by-id."""

    SCSI = "scsi"
    NVME = "nvme"
    VIRTIO = "virtio"


class Acceleration(StrEnum):
    """How guest instructions are run."""

    KVM = "kvm"
    TCG = "tcg,thread=multi"


class Disk(Value):
    """A virtual disk and the image file that holds it."""

    path: Path
    serial: str
    bus: DiskBus = DiskBus.SCSI
    sector_size: Literal[512, 4096] = 512
    format: Literal["qcow2", "raw"] = "qcow2"
    wwn: int | None = None

    @property
    def by_id(self) -> str:
        """The name the guest's udev gives the disk below /dev/disk/by-id."""
        match self.bus:
            case DiskBus.NVME:
                return f"nvme-QEMU_NVMe_Ctrl_{self.serial}"
            case DiskBus.VIRTIO:
                return f"virtio-{self.serial}"
            case DiskBus.SCSI if self.wwn is not None:
                return f"scsi-3{self.wwn:016x}"
            case DiskBus.SCSI:
                return f"scsi-0QEMU_QEMU_HARDDISK_{self.serial}"


class DirectKernel(Value):
    """A kernel that the machine starts by itself, with the medium its initrd looks for."""

    kernel: Path
    initrd: Path
    cmdline: str
    medium: Path


class Stick(Value):
    """A USB stick with an image on it, from which the firmware starts the machine."""

    image: Path


class MachineSpec(Value):
    """A machine; disks take slots in order. Without `boots` it starts from its disks.

    It has one processor unless `cpus` says otherwise: emulating a second one, QEMU before 8.1 now
    and then keeps a breakpoint that the guest's kernel has long replaced ("Oops: int3").

    `more` are words for QEMU that add hardware for which there is no field here.
    """

    name: str
    firmware: FirmwareKind
    memory_bytes: int = 2 * GIB
    cpus: int = 1
    secure_boot: bool = False
    disks: tuple[Disk, ...] = ()
    boots: DirectKernel | Stick | None = None
    more: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Places:
    """The files and sockets of one running machine. `sockets` must be short: see `registry`."""

    folder: Path
    sockets: Path

    @property
    def monitor(self) -> Path:
        """The QMP socket."""
        return self.sockets / "qmp"

    @property
    def serial(self) -> Path:
        """The socket of the serial console."""
        return self.sockets / "serial"

    @property
    def events(self) -> Path:
        """The socket at the host's end of the guest's event port."""
        return self.sockets / "events"

    @property
    def serial_log(self) -> Path:
        """Everything the guest ever wrote to its serial console."""
        return self.folder / "serial.log"

    @property
    def qemu_log(self) -> Path:
        """What QEMU itself said."""
        return self.folder / "qemu.log"

    @property
    def variables(self) -> Path:
        """The machine's own UEFI variable store."""
        return self.folder / "variables.fd"


@dataclass(frozen=True, slots=True)
class Memory:
    """A file as guest memory: shared to make a template, private to run from one."""

    path: Path
    shared: bool


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A machine saved to a folder: its memory, the state of its devices, its UEFI variables."""

    folder: Path

    @property
    def memory(self) -> Path:
        """The guest's memory; to be mapped privately."""
        return self.folder / "memory"

    @property
    def state(self) -> Path:
        """The migration stream of everything but the memory."""
        return self.folder / "state"

    @property
    def variables(self) -> Path:
        """The UEFI variable store as it was (absent under BIOS)."""
        return self.folder / "variables.fd"


def variables_template(spec: MachineSpec) -> Path:
    """The pristine UEFI variable store that a machine starts its life with."""
    return _FIRMWARE / ("OVMF_VARS_4M.ms.fd" if spec.secure_boot else "OVMF_VARS_4M.fd")


def blockdev(disk: Disk) -> dict[str, object]:
    """Arguments of `blockdev-add` for a disk.

    Flushes of the guest are not passed on: lab disks outlive a killed QEMU because the host's page
    cache does, and they need not outlive the host. Zeros take no room in an image: the first
    synchronisation of an array writes a whole disk of them.
    """
    return {
        "node-name": node_name(disk),
        "driver": disk.format,
        "discard": "unmap",
        "detect-zeroes": "unmap",
        "cache": {"no-flush": True},
        "file": {
            "driver": "file",
            "filename": str(disk.path),
            "discard": "unmap",
            "cache": {"no-flush": True},
        },
    }


def device(disk: Disk, slot: int) -> dict[str, object]:
    """Arguments of `device_add` that attach a disk's block node in a slot of its bus."""
    common: dict[str, object] = {
        "id": device_id(disk),
        "drive": node_name(disk),
        "serial": disk.serial,
        "logical_block_size": disk.sector_size,
        "physical_block_size": 4096 if disk.sector_size == 4096 else 512,
    }
    match disk.bus:
        case DiskBus.SCSI:
            place: dict[str, object] = {"driver": "scsi-hd", "bus": "scsi0.0", "scsi-id": slot}
            return common | place | ({} if disk.wwn is None else {"wwn": disk.wwn})
        case DiskBus.NVME:
            return common | {"driver": "nvme", "bus": f"port{slot}"}
        case DiskBus.VIRTIO:
            return common | {"driver": "virtio-blk-pci", "bus": f"port{slot}"}


def node_name(disk: Disk) -> str:
    """QEMU's name for the block node of a disk."""
    return f"node-{disk.serial}"


def device_id(disk: Disk) -> str:
    """QEMU's name for the device of a disk."""
    return f"disk-{disk.serial}"


def qemu_argv(
    spec: MachineSpec,
    places: Places,
    acceleration: Acceleration,
    *,
    memory: Memory | None = None,
    paused: bool = False,
) -> tuple[str, ...]:
    """The whole command line of a machine.

    With `paused` it waits for a saved state to be loaded over the monitor.
    """
    return (
        *(QEMU, "-name", spec.name, "-nodefaults", "-no-user-config", "-display", "none"),
        *("-accel", acceleration.value, "-cpu", processor(acceleration), "-smp", str(spec.cpus)),
        *_board(spec, memory),
        *_firmware(spec, places),
        *_console(places),
        *_devices(),
        *_boots(spec.boots),
        *_disks(spec),
        *spec.more,
        *(("-incoming", "defer", "-S") if paused else ()),
    )


def processor(acceleration: Acceleration) -> str:
    """The best processor there is, without what makes an emulated one slow.

    A kernel that finds "fast" string instructions copies memory with them byte by byte, which the
    emulator carries out one by one: copying a file then takes three times as long.
    """
    return "max,erms=off,fsrm=off" if acceleration is Acceleration.TCG else "max"


def _board(spec: MachineSpec, memory: Memory | None) -> tuple[str, ...]:
    size = f"{spec.memory_bytes // MIB}M"
    smm = ",smm=on" if spec.secure_boot else ""
    if memory is None:
        return ("-machine", f"q35{smm}", "-m", size)
    backend = {
        "qom-type": "memory-backend-file",
        "id": "ram",
        "size": spec.memory_bytes,
        "mem-path": str(memory.path),
        "share": memory.shared,
    }
    return (
        *("-machine", f"q35{smm},memory-backend=ram", "-m", size),
        *("-object", json.dumps(backend)),
    )


def _firmware(spec: MachineSpec, places: Places) -> tuple[str, ...]:
    if spec.firmware is FirmwareKind.BIOS:
        return ()
    code = "OVMF_CODE_4M.secboot.fd" if spec.secure_boot else "OVMF_CODE_4M.fd"
    secure = ("-global", "driver=cfi.pflash01,property=secure,value=on")
    return (
        *("-drive", f"if=pflash,unit=0,format=raw,readonly=on,file={_FIRMWARE / code}"),
        *("-drive", f"if=pflash,unit=1,format=raw,file={_comma(places.variables)}"),
        *(secure if spec.secure_boot else ()),
    )


def monitor_option(places: Places) -> str:
    """The option that makes the monitor's socket; no other machine has the same."""
    return _server("qmp", places.monitor)


def _console(places: Places) -> tuple[str, ...]:
    log = f",logfile={_comma(places.serial_log)},logappend=on"
    return (
        *("-chardev", monitor_option(places), "-mon", "chardev=qmp,mode=control"),
        *("-chardev", _server("serial", places.serial) + log, "-serial", "chardev:serial"),
        *("-chardev", _server("events", places.events)),
    )


def _server(name: str, path: Path) -> str:
    return f"socket,id={name},path={_comma(path)},server=on,wait=off"


def _devices() -> tuple[str, ...]:
    ports = (
        f"pcie-root-port,id=port{slot},bus=pcie.0,addr=0x{8 + slot:x},chassis={slot + 1}"
        for slot in range(HOTPLUG_PORTS)
    )
    devices = (
        "virtio-net-pci,netdev=net0,bus=pcie.0,addr=0x2,romfile=",
        "virtio-scsi-pci,id=scsi0,bus=pcie.0,addr=0x3",
        "virtio-serial-pci,bus=pcie.0,addr=0x4",
        f"virtserialport,chardev=events,name={EVENTS_PORT}",
        "virtio-rng-pci,rng=rng0,bus=pcie.0,addr=0x5",
        # Machines resumed from one snapshot must not share their random numbers.
        "vmgenid,guid=auto",
        *ports,
    )
    return (
        # Port 0: the kernel chooses a free one, so two machines cannot be given the same.
        *("-netdev", "user,id=net0,hostfwd=tcp:127.0.0.1:0-:22"),
        *("-object", "rng-builtin,id=rng0"),
        *(word for name in devices for word in ("-device", name)),
    )


def _boots(boots: DirectKernel | Stick | None) -> tuple[str, ...]:
    match boots:
        case DirectKernel():
            kernel = ("-kernel", str(boots.kernel), "-initrd", str(boots.initrd))
            cd = {"driver": "scsi-cd", "bus": "scsi0.0", "scsi-id": _SCSI_SLOT_OF_MEDIUM}
            return (*kernel, "-append", boots.cmdline, *_medium(boots.medium, cd))
        case Stick():
            # The firmware would try the network before it.
            stick = {"driver": "usb-storage", "bus": "usb.0", "removable": True, "bootindex": 0}
            return ("-device", "qemu-xhci,id=usb", *_medium(boots.image, stick))
        case None:
            return ()


def _medium(path: Path, drive: Mapping[str, object]) -> tuple[str, ...]:
    medium = {
        "node-name": "medium",
        "driver": "raw",
        "read-only": True,
        "file": {"driver": "file", "filename": str(path), "read-only": True},
    }
    return ("-blockdev", json.dumps(medium), "-device", json.dumps({**drive, "drive": "medium"}))


def _disks(spec: MachineSpec) -> tuple[str, ...]:
    words: list[str] = []
    for slot, disk in enumerate(spec.disks):
        properties = device(disk, slot)
        if spec.firmware is FirmwareKind.BIOS:
            # SeaBIOS wants to be told; OVMF is left to its own boot order, which the installer set.
            properties |= {"bootindex": slot + 1}
        words += ["-blockdev", json.dumps(blockdev(disk)), "-device", json.dumps(properties)]
    return tuple(words)


def _comma(path: Path) -> str:
    """A path inside a QEMU option list, where a comma is written twice."""
    return str(path).replace(",", ",,")
