"""Names, serial, model and transport of disks as udev and the kernel describe them."""

from __future__ import annotations

import random

import pytest

from bedplate.facts.identity import model_of, rank_by_id, serial_of, transport_of, wwn_of


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
        pytest.param(("dm-name-mpatha", "wwn-0x6001", "dm-uuid-mpath-36001"), id="multipath"),
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
        ("/sys/devices/virtual/block/md0", None),
    ],
)
def test_transport(sys_path: str, transport: str | None) -> None:
    assert transport_of(sys_path) == transport
