"""Disks of every kind: seen for what they are, named as a person would, and installed onto."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from bedplate.lab.machine import Disk, DiskBus
from bedplate.model.facts import DiskFact, FirmwareKind
from bedplate.model.plan import RECORD, Plan
from tests.support.hardware import CARD_ID, Hardware
from tests.support.installed_host import check_host, check_storage, check_table
from tests.support.vm import Installed, VmLab, facts_of
from tests.vm.conftest import Boot

pytestmark = pytest.mark.full


@dataclass(frozen=True, slots=True)
class Kind:
    """What tells one kind of disk from another."""

    transport: str | None
    model: str | None
    serial: str | None
    sectors: tuple[int, int]
    removable: bool = False


def kind_of(disk: DiskFact) -> Kind:
    sectors = disk.sector_size, disk.physical_sector_size
    return Kind(disk.transport, disk.model, disk.serial, sectors, disk.removable)


KINDS = {
    "nvme-QEMU_NVMe_Ctrl_NAMESPACES": Kind("nvme", "QEMU NVMe Ctrl", "NAMESPACES", (512, 512)),
    "nvme-QEMU_NVMe_Ctrl_NAMESPACES_2": Kind("nvme", "QEMU NVMe Ctrl", "NAMESPACES", (512, 512)),
    "nvme-QEMU_NVMe_Ctrl_4KN": Kind("nvme", "QEMU NVMe Ctrl", "4KN", (4096, 4096)),
    CARD_ID: Kind("mmc", "QEMU!", "0xdeadbeef", (512, 512)),
    "virtio-VIRTIO": Kind("virtio", None, "VIRTIO", (512, 512)),
    "ata-TEST_512E": Kind("sata", "TEST", "512E", (512, 4096)),
    "ata-TEST_512N": Kind("sata", "TEST", "512N", (512, 512)),
    "scsi-35000c50056789abc": Kind("sas", "ST4000NM", "Z1Z", (512, 512)),
}


def test_every_kind_of_disk_is_seen_for_what_it_is(vm_lab: VmLab, tmp_path: Path) -> None:
    more = Hardware(tmp_path / "more")
    more.add("nvme", id="twofold", serial="NAMESPACES")
    for number in (1, 2):
        more.add_disk("nvme-ns", bus="twofold", nsid=number)
    more.add_disk("nvme", serial="4KN", logical_block_size=4096, physical_block_size=4096)
    more.add("sdhci-pci")
    more.add_disk("sd-card")
    more.add("qemu-xhci", id="usb")
    for _ in range(2):  # two sticks of one make, and so of one serial
        more.add_disk("usb-storage", bus="usb.0", serial="0123456789", removable=True)
    more.add_disk("virtio-blk-pci", serial="VIRTIO")
    more.add_disk("virtio-blk-pci")
    more.add_disk("ide-hd", bus="ide.0", model="TEST", serial="512E", physical_block_size=4096)
    more.add_disk("ide-hd", bus="ide.1", model="TEST", serial="512N")
    more.add("mptsas1068", id="sas")
    more.add_disk(
        "scsi-hd",
        bus="sas.0",
        vendor="SEAGATE",
        product="ST4000NM",
        serial="Z1Z",
        wwn=0x5000C50056789ABC,
    )
    with vm_lab.live(tmp_path, more=more.words) as machine:
        facts = facts_of(machine)
    found = {disk.id: kind_of(disk) for disk in facts.disks}
    stick = Kind("usb", "QEMU HARDDISK", "0123456789", (512, 512), removable=True)
    nameless = Kind("virtio", None, None, (512, 512))
    assert {name: kind for name, kind in found.items() if not name.startswith("/dev/")} == KINDS
    rest = [kind for name, kind in found.items() if name.startswith("/dev/")]
    assert sorted(map(repr, rest)) == sorted(map(repr, [stick, stick, nameless]))


def test_a_mirror_of_4kn_nvme_drives(vm_lab: VmLab, tmp_path: Path, boot: Boot) -> None:
    disks = vm_lab.disks(tmp_path, 2, bus=DiskBus.NVME, sector_size=4096)
    installed = vm_lab.install(tmp_path, "zfs-mirror", disks, name="nvme")
    for left, health in ((disks, "ONLINE"), (disks[1:], "DEGRADED")):
        with boot(installed, disks=left) as booted:
            plan = Plan.model_validate_json(booted.host.file(RECORD).content_string)
            check_host(booted.host, plan, "nvme", FirmwareKind.UEFI)
            check_storage(booted.host, plan.storage, health=health)


class Card(Disk):
    """A memory card: the machine has it as more hardware, an answer file by its only name."""

    @property
    def by_id(self) -> str:
        return CARD_ID


def test_a_memory_card(vm_lab: VmLab, tmp_path: Path) -> None:
    more = Hardware(tmp_path / "more")
    more.add("sdhci-pci")
    more.add_disk("sd-card")
    card = Card(path=tmp_path / "more/more1.raw", serial="card", format="raw")
    with vm_lab.live(tmp_path, more=more.words) as machine:
        vm_lab.install_in(machine, tmp_path, "lvm-thin", [card], name="card")
    # QEMU's UEFI has no driver for memory cards; its BIOS has.
    installed = Installed("card", FirmwareKind.BIOS, (), tmp_path)
    with vm_lab.boot(tmp_path / "boot", installed, more=more.words) as booted:
        plan = Plan.model_validate_json(booted.host.file(RECORD).content_string)
        check_host(booted.host, plan, "card", FirmwareKind.BIOS)
        check_table(booted.host, plan.disks[0])
        check_storage(booted.host, plan.storage, health="ONLINE")
