"""Which devices are disks, and how what was read about one is put together."""

from __future__ import annotations

from typing import Any

import pytest

from bedplate.errors import FactsError
from bedplate.facts.block import BlockDevice, lasting_properties, own_names
from bedplate.facts.disks import Reading, disk_fact, partition_path
from bedplate.facts.gpt import Gpt, GptEntry
from bedplate.facts.mounts import InUse
from bedplate.facts.stack import holders_in, probe_holders
from bedplate.model.facts import DiskFact, PartitionFact, Signature
from bedplate.units import GIB
from tests.unit.facts.devices import device

MPATH = {"dm/name": "mpatha", "dm/uuid": "mpath-36001"}
UNUSED = InUse({}, {}, frozenset())
BACKED = {"loop/backing_file": "/disk.img"}


@pytest.mark.parametrize(
    ("candidate", "is_disk"),
    [
        (device("sda"), True),
        (device("nvme0n1"), True),
        (device("mmcblk0"), True),
        (device("md127"), True),
        (device("md126", attributes={"size": "0"}), False),  # the container of a firmware RAID
        (device("nbd0"), True),
        (device("nbd1", attributes={"size": "0"}), False),
        (device("pmem0"), True),
        (device("xvda"), True),
        *((device(name), True) for name in ("sdaa", "sdzz", "sdaaa", "sdabc", "vdaa")),
        (device("dm-0", attributes=MPATH), True),
        (device("dm-0", attributes={"dm/uuid": "LVM-Yf53"}), False),
        (device("dm-0", attributes={"dm/uuid": "CRYPT-LUKS2-Yf53"}), False),
        (device("dm-1", attributes={"dm/uuid": "part1-mpath-36001"}), False),
        (device("sda1", parent="sda"), False),
        (device("nvme0c0n1", attributes={"hidden": "1"}), False),
        (device("sdb", attributes={"size": "0"}), False),
        *(
            (device(name), False)
            for name in (
                *("ram0", "zram0", "sr0", "fd0", "zd16", "bcache0", "drbd0"),
                *("mmcblk0boot0", "mmcblk0rpmb", "mmcblk0gp1"),
            )
        ),
        (device("loop0", attributes=BACKED), False),
    ],
    ids=lambda value: value.name if isinstance(value, BlockDevice) else "",
)
def test_what_is_a_disk(candidate: BlockDevice, is_disk: bool) -> None:
    assert candidate.is_disk(loops=False) is is_disk


@pytest.mark.parametrize(
    ("attributes", "is_disk"), [(BACKED, True), ({}, False), (BACKED | {"size": "0"}, False)]
)
def test_loops_on_request(attributes: dict[str, str], is_disk: bool) -> None:
    assert device("loop0", attributes=attributes).is_disk(loops=True) is is_disk


@pytest.mark.parametrize(
    ("disk", "path"),
    [
        ("/dev/sda", "/dev/sda3"),
        ("/dev/nvme0n1", "/dev/nvme0n1p3"),
        ("/dev/loop7", "/dev/loop7p3"),
        ("/dev/mmcblk0", "/dev/mmcblk0p3"),
        ("/dev/nbd0", "/dev/nbd0p3"),
        ("/dev/pmem0", "/dev/pmem0p3"),
        ("/dev/vdaa", "/dev/vdaa3"),
        ("/dev/sdaaa", "/dev/sdaaa3"),
        ("/dev/md127", "/dev/md127p3"),
        ("/dev/mapper/mpatha", "/dev/mapper/mpatha-part3"),
    ],
)
def test_partition_path(disk: str, path: str) -> None:
    assert partition_path(disk, 3) == path


def test_properties_that_pass_are_left_out() -> None:
    assert lasting_properties(
        {
            "ID_SERIAL": "A1",
            "DISKSEQ": "9",
            "USEC_INITIALIZED": "3120605",
            "ID_FS_TYPE": "ext4",
            "ID_PART_TABLE_UUID": "3b419ca6",
            "ID_BTRFS_READY": "1",
            "ID_PATH": "pci-0000:00:05.0",
            "TAGS": ":systemd:",
        }
    ) == {"ID_PATH": "pci-0000:00:05.0", "ID_SERIAL": "A1"}


def test_a_disk_with_everything() -> None:
    disk = device(
        "sda",
        attributes={
            "queue/logical_block_size": "4096",
            "queue/physical_block_size": "4096",
            "queue/rotational": "1",
            "device/model": "ST4000",
        },
        properties={"ID_SERIAL_SHORT": "Z1", "ID_PATH": "pci-1", "DISKSEQ": "4"},
        by_id=("wwn-0x5000", "ata-ST4000_Z1"),
    )
    kept = device("sda2", number="8:2", parent="sda", attributes={"partition": "2"})
    gone = device(
        "sda3", number="8:3", parent="sda", attributes={"partition": "3", "start": "4096"}
    )
    entries = (
        GptEntry(1, "type-1", "guid-1", 256, 511, ("legacy-boot",), None),
        GptEntry(2, "type-2", "guid-2", 512, 1023, (), "EFI"),
    )
    reading = Reading(
        devices={each.path: each for each in (disk, kept, gone)},
        tables={"/dev/sda": Gpt("disk-guid", entries)},
        signatures={"/dev/sda": (Signature(kind="gpt"),), "/dev/sda2": (Signature(kind="vfat"),)},
        holders={"sda3": ("/dev/mapper/pve-root",)},
        in_use=InUse({"8:2": ("/boot/efi",)}, {}, frozenset({"/dev/sda3"})),
    )
    assert disk_fact(disk, reading) == DiskFact(
        path="/dev/sda",
        by_id=("ata-ST4000_Z1", "wwn-0x5000"),
        serial="Z1",
        model="ST4000",
        transport="sata",
        rotational=True,
        size_bytes=GIB,
        sector_size=4096,
        physical_sector_size=4096,
        table="gpt",
        guid="disk-guid",
        partitions=(
            PartitionFact(
                number=1,
                path="/dev/sda1",
                first_sector=256,
                last_sector=511,
                size_bytes=256 * 4096,
                type_guid="type-1",
                guid="guid-1",
                flags=("legacy-boot",),
            ),
            PartitionFact(
                number=2,
                path="/dev/sda2",
                first_sector=512,
                last_sector=1023,
                size_bytes=512 * 4096,
                type_guid="type-2",
                guid="guid-2",
                name="EFI",
                signatures=(Signature(kind="vfat"),),
                mounts=("/boot/efi",),
            ),
            # Deleted from the table while in use: only the kernel still has it.
            PartitionFact(
                number=3,
                path="/dev/sda3",
                first_sector=512,
                last_sector=512 + GIB // 4096 - 1,
                size_bytes=GIB,
                swap=True,
                holders=("/dev/mapper/pve-root",),
            ),
        ),
        signatures=(Signature(kind="gpt"),),
        bus_path="pci-1",
        properties={"ID_PATH": "pci-1", "ID_SERIAL_SHORT": "Z1"},
    )


@pytest.mark.parametrize(
    ("kinds", "table"),
    [
        ((), None),
        (("dos",), "dos"),
        (("iso9660", "dos"), "dos"),
        # Both copies of the GPT are damaged: there is no table that anybody would use.
        (("gpt", "PMBR"), None),
        (("zfs_member",), None),
    ],
)
def test_tables_that_are_no_gpt(kinds: tuple[str, ...], table: str | None) -> None:
    signatures = tuple(Signature(kind=kind) for kind in kinds)
    reading = Reading({}, {"/dev/sda": None}, {"/dev/sda": signatures}, {}, UNUSED)
    assert disk_fact(device("sda"), reading).table == table


def test_a_disk_that_cannot_be_read() -> None:
    reading = Reading({}, {}, {}, {}, UNUSED, {"/dev/sda": "Input/output error"})
    assert disk_fact(device("sda"), reading) == DiskFact(
        path="/dev/sda",
        transport="sata",
        size_bytes=GIB,
        sector_size=512,
        physical_sector_size=512,
        error="Input/output error",
    )


@pytest.mark.parametrize(
    ("name", "links", "claims", "below", "own"),
    [
        pytest.param("sda", {"ata-A_1": "sda"}, {"ata-A_1": ["sda"]}, (), ("ata-A_1",), id="own"),
        pytest.param("sda", {"ata-A_1": "sdb"}, {"ata-A_1": ["sda"]}, (), (), id="leads-elsewhere"),
        pytest.param(
            "sda",
            {"usb-Flash_0123-0:0": "sda", "wwn-0x5": "sda"},
            {"usb-Flash_0123-0:0": ["sda", "sdb"], "wwn-0x5": ["sda"]},
            (),
            ("wwn-0x5",),
            id="twin-sticks",
        ),
        pytest.param(
            "nvme0n1",
            {"nvme-M_S": "nvme0n1", "nvme-M_S_1": "nvme0n1"},
            {"nvme-M_S": ["nvme0n1", "nvme0n2"], "nvme-M_S_1": ["nvme0n1"]},
            (),
            ("nvme-M_S_1",),
            id="namespaces",
        ),
        pytest.param(
            "dm-0",
            {"scsi-36": "dm-0", "dm-name-a": "dm-0"},
            {"scsi-36": ["sda", "sdb", "dm-0"], "dm-name-a": ["dm-0"]},
            ("sda", "sdb"),
            ("dm-name-a", "scsi-36"),
            id="map",
        ),
        pytest.param(
            "sda", {"scsi-36": "dm-0"}, {"scsi-36": ["sda", "sdb", "dm-0"]}, (), (), id="path"
        ),
        pytest.param(
            "sda", {"lvm-pv-uuid-x": "sda"}, {"lvm-pv-uuid-x": ["sda"]}, (), (), id="content"
        ),
    ],
)
def test_names_that_are_a_disks_own(
    name: str,
    links: dict[str, str],
    claims: dict[str, list[str]],
    below: tuple[str, ...],
    own: tuple[str, ...],
) -> None:
    assert own_names(name, links, claims, below) == own


def test_a_map_is_the_drive_that_its_paths_lead_to() -> None:
    told = {"ID_MODEL_ENC": r"LUN\x20C-Mode", "ID_SERIAL": "36001", "ID_SCSI_SERIAL": "80"}
    path = device(
        "sda", properties={**told, "ID_WWN": "0x6001", "ID_PATH": "pci-1", "DEVNAME": "/dev/sda"}
    )
    found = device(
        "dm-0",
        path="/dev/mapper/mpatha",
        number="253:0",
        attributes=MPATH,
        properties={"DM_NAME": "mpatha", "DM_UUID": "mpath-36001"},
        by_id=("wwn-0x6001",),
        below=("sda", "sdb"),
    )
    reading = Reading({each.path: each for each in (path, found)}, {}, {}, {}, UNUSED)
    assert disk_fact(found, reading) == DiskFact(
        path="/dev/mapper/mpatha",
        by_id=("wwn-0x6001",),
        serial="80",
        wwn="0x6001",
        model="LUN C-Mode",
        transport="sata",
        size_bytes=GIB,
        sector_size=512,
        physical_sector_size=512,
        properties={
            **told,
            "DM_NAME": "mpatha",
            "DM_UUID": "mpath-36001",
            "ID_WWN": "0x6001",
        },
    )


def node(name: str, kname: str, kind: str, *children: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "kname": kname, "type": kind, "children": list(children)}


def test_holders() -> None:
    root = node("pve-root", "dm-0", "lvm")
    raid = node("md0", "md0", "raid1", root, root)
    part = node("sda3", "sda3", "part", raid)
    tree = (node("sda", "sda", "disk", part), part, node("sdb", "sdb", "disk", raid), raid, root)
    assert holders_in({each["name"]: each for each in tree}) == {
        "sda": (),
        "sda3": ("/dev/md0",),
        "sdb": ("/dev/md0",),
        "md0": ("/dev/mapper/pve-root",),
        "dm-0": (),
    }


@pytest.mark.parametrize(
    ("error", "code"),
    [
        pytest.param(FileNotFoundError("lsblk"), "tool-missing", id="no-lsblk"),
        pytest.param(KeyError("sdc"), "devices-changed", id="coming-all-the-time"),
        pytest.param(None, "output-not-understood", id="silence"),
    ],
)
def test_no_holders(monkeypatch: pytest.MonkeyPatch, error: Exception | None, code: str) -> None:
    def build(_tree: object) -> dict[str, object]:
        if error is not None:
            raise error
        return {}

    monkeypatch.setattr("blkinfo.BlkDiskInfo._build_disk_tree", build)
    with pytest.raises(FactsError) as caught:
        probe_holders()
    assert caught.value.problems[0].code == code


def test_a_device_that_comes_while_lsblk_looks_is_found_at_the_next_look(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looks = iter([KeyError("sdc"), KeyError("sdc1"), None])

    def build(_tree: object) -> dict[str, object]:
        if (error := next(looks)) is not None:
            raise error
        return {"sdc": node("sdc", "sdc", "disk", node("md0", "md0", "raid1"))}

    monkeypatch.setattr("blkinfo.BlkDiskInfo._build_disk_tree", build)
    assert probe_holders() == {"sdc": ("/dev/md0",)}
