"""Names, serial, model and transport of disks as udev and the kernel describe them."""

from __future__ import annotations

import random
from typing import get_args

import pytest

from bedplate.config.schema import Transport
from bedplate.facts.identity import (
    TRANSPORTS,
    model_of,
    rank_by_id,
    serial_of,
    transport_of,
    wwn_of,
)


@pytest.mark.parametrize(
    "names",
    [
        pytest.param(
            (
                "ata-Samsung_SSD_870_EVO_1TB_S6PUNX0R",
                "scsi-SATA_Samsung_SSD_870_S6PUNX0R",
                "scsi-35002538f00000001",
                "wwn-0x5002538f00000001",
            ),
            id="sata",
        ),
        pytest.param(
            (
                "nvme-SAMSUNG_MZQL21T9_S64GNE0R",
                "nvme-SAMSUNG_MZQL21T9_S64GNE0R_1",
                "nvme-eui.36344730528001230025384500000001",
            ),
            id="nvme",
        ),
        pytest.param(
            (
                "nvme-QEMU_NVMe_Ctrl_1234",
                "nvme-QEMU_NVMe_Ctrl_1234_1",
                "nvme-nvme.1b36-31323334-51454d55204e564d65204374726c-00000001",
            ),
            id="nvme-without-eui",
        ),
        pytest.param(
            ("scsi-SSEAGATE_ST4000NM_Z1Z", "scsi-35000c50056789abc", "wwn-0x5000c50056789abc"),
            id="sas",
        ),
        pytest.param(("scsi-0QEMU_QEMU_HARDDISK_A1",), id="qemu"),
        pytest.param(("usb-SanDisk_Ultra_4C53-0:0",), id="usb"),
        pytest.param(
            (
                "nvme-Samsung_SSD_990_PRO_2TB_S7KH",
                "nvme-uuid.8a1b2c3d",
                "nvme-eui.0025384b31b0c5a1",
                "nvme-nvme.144d-53374b48-53616d73756e67-00000001",
            ),
            id="nvme-all",
        ),
        pytest.param(("nvme-CT1000P3_22", "nvme-eui.00a075"), id="upper-case-after-eui"),
        pytest.param(
            ("scsi-SHGST_HUS726_K5", "scsi-35000cca2", "wwn-0x5000cca2"), id="sas-by-vendor"
        ),
        pytest.param(("scsi-1ATA_ST4000_Z1", "scsi-35000c500", "wwn-0x5000c500"), id="sat-by-t10"),
        pytest.param(("mmc-SD16G_0x1234abcd",), id="mmc"),
        pytest.param(("md-name-host:vol0", "md-uuid-8f3c:11"), id="md"),
        pytest.param(("pmem-6a5b",), id="pmem"),
        # A map's own name is dealt out anew by each system, and its UUID names no partition.
        pytest.param(
            ("scsi-36001", "wwn-0x6001", "dm-name-mpatha", "dm-uuid-mpath-36001"), id="multipath"
        ),
        pytest.param((), id="none"),
    ],
)
def test_telling_names_first_in_any_order(names: tuple[str, ...]) -> None:
    for seed in range(5):
        mixed = list(names)
        random.Random(seed).shuffle(mixed)
        assert rank_by_id(tuple(mixed)) == names


@pytest.mark.parametrize(
    ("attributes", "properties", "serial"),
    [
        pytest.param(
            {},
            {"ID_SCSI_SERIAL": "Z1Z", "ID_SERIAL_SHORT": "5000c50056789abc"},
            "Z1Z",
            id="sas-not-its-wwn",
        ),
        pytest.param({}, {"ID_SERIAL_SHORT": "S6PUNX0R"}, "S6PUNX0R", id="sata"),
        pytest.param({"serial": "A1"}, {}, "A1", id="virtio-without-udev"),
        pytest.param({"device/serial": "S64G"}, {}, "S64G", id="nvme-without-udev"),
        pytest.param({"serial": " "}, {}, None, id="blank"),
    ],
)
def test_serial(attributes: dict[str, str], properties: dict[str, str], serial: str | None) -> None:
    assert serial_of(attributes, properties) == serial


@pytest.mark.parametrize(
    ("attributes", "properties", "wwn"),
    [
        ({"wwid": "eui.0025"}, {"ID_WWN": "0x5002"}, "0x5002"),
        ({}, {"ID_WWN": "0x6001", "ID_WWN_WITH_EXTENSION": "0x60012"}, "0x60012"),
        ({"wwid": "eui.0025"}, {}, "eui.0025"),
        ({"device/wwid": "naa.5002538f"}, {}, "0x5002538f"),
        ({"device/wwid": "t10.ATA     QEMU HARDDISK   A1"}, {}, None),
        ({}, {}, None),
    ],
)
def test_wwn(attributes: dict[str, str], properties: dict[str, str], wwn: str | None) -> None:
    assert wwn_of(attributes, properties) == wwn


@pytest.mark.parametrize(
    ("attributes", "properties", "model"),
    [
        (
            {"device/model": "Samsung SSD 870"},
            {"ID_MODEL_ENC": r"Samsung\x20SSD\x20870\x20EVO\x201TB\x20\x20\x20\x20"},
            "Samsung SSD 870 EVO 1TB",
        ),
        ({"device/model": "QEMU HARDDISK"}, {"ID_MODEL": "QEMU_HARDDISK"}, "QEMU HARDDISK"),
        ({}, {"ID_MODEL": "UML_DISK"}, "UML_DISK"),
        ({"device/name": "SD16G"}, {"ID_NAME": "SD16G"}, "SD16G"),
        ({}, {"ID_NAME": "SD16G"}, "SD16G"),
        ({}, {}, None),
    ],
)
def test_model(attributes: dict[str, str], properties: dict[str, str], model: str | None) -> None:
    assert model_of(attributes, properties) == model


PCI = "/sys/devices/pci0000:00/0000:00"


@pytest.mark.parametrize(
    ("sys_path", "transport"),
    [
        (f"{PCI}:17.0/ata1/host0/target0:0:0/0:0:0:0/block/sda", "sata"),
        (f"{PCI}:1d.0/0000:03:00.0/nvme/nvme0/nvme0n1", "nvme"),
        ("/sys/devices/virtual/nvme-subsystem/nvme-subsys0/nvme0n1", "nvme"),
        (f"{PCI}:14.0/usb1/1-4/1-4:1.0/host6/target6:0:0/6:0:0:0/block/sdc", "usb"),
        (f"{PCI}:02.0/host0/port-0:0/end_device-0:0/target0:0:0/0:0:0:0/block/sdb", "sas"),
        ("/sys/devices/platform/host3/session1/target3:0:0/3:0:0:1/block/sdd", "iscsi"),
        (f"{PCI}:03.0/host7/rport-7:0-1/target7:0:0/7:0:0:0/block/sde", "fc"),
        (f"{PCI}:05.0/virtio2/host2/target2:0:0/2:0:0:0/block/sda", "virtio"),
        (f"{PCI}:04.0/virtio1/block/vda", "virtio"),
        ("/sys/devices/platform/emmc/mmc_host/mmc0/mmc0:0001/block/mmcblk0", "mmc"),
        ("/sys/devices/LNXSYSTM:00/ACPI0012:00/ndbus0/region0/namespace0.0/block/pmem0", "pmem"),
        ("/sys/devices/virtual/block/md0", None),
        ("/sys/devices/virtual/block/dm-0", None),
        ("/sys/devices/virtual/block/nbd0", None),
    ],
)
def test_transport(sys_path: str, transport: str | None) -> None:
    assert transport_of(sys_path) == transport


def test_every_transport_that_can_be_found_can_be_asked_for() -> None:
    assert {name for name, _ in TRANSPORTS} == {*get_args(Transport)}
