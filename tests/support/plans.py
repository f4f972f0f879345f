"""Small plans and facts for tests of what carries them out."""

from __future__ import annotations

from bedplate.model.facts import DiskFact, FirmwareKind
from bedplate.model.gpt import BIOS_BOOT_TYPE, ESP_TYPE, ZFS_TYPE, last_usable_sector
from bedplate.model.plan import (
    Boot,
    DiskPlan,
    FilePlan,
    Loader,
    PartitionPlan,
    Plan,
    Role,
    Vdev,
    ZfsStorage,
)
from bedplate.model.step import Step
from bedplate.units import GIB, MIB


def disk_fact(disk_id: str, *, size_bytes: int = 8 * GIB, sector_size: int = 512) -> DiskFact:
    """A blank disk; an id that is a path stands for a disk without by-id names."""
    is_path = disk_id.startswith("/")
    return DiskFact(
        path=disk_id if is_path else "/dev/sda",
        by_id=() if is_path else (disk_id,),
        serial=None if is_path else f"serial-{disk_id}",
        size_bytes=size_bytes,
        sector_size=sector_size,
        physical_sector_size=sector_size,
    )


def disk_plan(disk_id: str, *, size_bytes: int = 8 * GIB, sector_size: int = 512) -> DiskPlan:
    """Three partitions by the usual scheme; the first is left out on 4Kn disks."""
    n = sum(disk_id.encode()) % 256
    last_usable = last_usable_sector(size_bytes, sector_size)
    spans = [
        (1, Role.BIOS_BOOT, BIOS_BOOT_TYPE, 34, 2047),
        (2, Role.ESP, ESP_TYPE, MIB // sector_size, 513 * MIB // sector_size - 1),
        (3, Role.DATA, ZFS_TYPE, 513 * MIB // sector_size, last_usable),
    ]
    return DiskPlan(
        id=disk_id,
        path="/dev/sda",
        size_bytes=size_bytes,
        sector_size=sector_size,
        guid=f"00000000-0000-4000-8000-0000000000{n:02x}",
        partitions=tuple(
            PartitionPlan(
                number=number,
                role=role,
                type_guid=type_guid,
                guid=f"00000000-0000-4000-8000-00000000{number:02x}{n:02x}",
                first_sector=first,
                last_sector=last,
                size_bytes=(last - first + 1) * sector_size,
            )
            for number, role, type_guid, first, last in spans
            if not (sector_size == 4096 and role is Role.BIOS_BOOT)
        ),
    )


def plan_of(
    *steps: Step, disks: tuple[DiskPlan, ...] = (), files: tuple[FilePlan, ...] = ()
) -> Plan:
    """A plan with these steps; a mirrored pool on the data partitions of its disks."""
    data = (disk.by_role(Role.DATA) for disk in disks)
    return Plan(
        layout="zfs-mirror",
        hostname="host",
        made_for=tuple(
            disk_fact(d.id, size_bytes=d.size_bytes, sector_size=d.sector_size) for d in disks
        ),
        disks=disks,
        storage=ZfsStorage(
            pool="rpool",
            ashift=12,
            vdevs=(Vdev(type="mirror", members=tuple(part.guid for part in data if part)),),
            root_dataset="rpool/ROOT/pve-1",
            properties={},
            datasets=(),
        ),
        boot=Boot(
            kernel="6.12.0-1-amd64",
            loaders=tuple(
                Loader(disk=disk.id, firmware=FirmwareKind.UEFI, loader="systemd-boot")
                for disk in disks
            ),
            esp_sync=True,
            cmdline="root=ZFS=rpool/ROOT/pve-1",
        ),
        files=files,
        steps=steps,
    )
