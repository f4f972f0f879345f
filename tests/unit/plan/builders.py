"""Small machines and requests for tests of the planner."""

from __future__ import annotations

from typing import Any

from bedplate.errors import RefusedError
from bedplate.model.artefacts import BASE
from bedplate.model.facts import DiskFact, Facts, Firmware, FirmwareKind, NicFact, PartitionFact
from bedplate.model.layout import (
    BtrfsLayout,
    BtrfsProfile,
    DatasetLayout,
    DiskRule,
    Layout,
    LvmLayout,
    Raid,
    ZfsLayout,
)
from bedplate.model.manifest import Artefact, Manifest
from bedplate.model.request import DhcpNetwork, DiskSelection, Request, RootPassword
from bedplate.model.secret import Secret
from bedplate.plan.ids import Ids
from bedplate.plan.install import plan_install
from bedplate.units import GIB

MIRROR = Layout(
    name="zfs-mirror",
    summary="a mirror",
    disks=DiskRule(minimum=2, tolerance_percent=10),
    storage=ZfsLayout(
        kind="zfs",
        pool="rpool",
        raid=Raid.RAID1,
        root="ROOT/pve-1",
        properties={"atime": "on"},
        datasets=(
            DatasetLayout(name="ROOT"),
            DatasetLayout(name="ROOT/pve-1", properties={"acltype": "posix"}),
        ),
    ),
)
LVM = Layout(
    name="lvm-thin",
    summary="LVM on one disk",
    disks=DiskRule(minimum=1, maximum=1),
    storage=LvmLayout(kind="lvm", vg="pve", filesystem="ext4"),
)
LVM_MIRROR = Layout(
    name="lvm-mirror",
    summary="LVM on two disks",
    disks=DiskRule(minimum=2, maximum=2, tolerance_percent=10),
    storage=LvmLayout(kind="lvm", vg="pve", filesystem="ext4", array="mirror"),
)
BTRFS = Layout(
    name="btrfs-raid1",
    summary="btrfs on two disks",
    disks=DiskRule(minimum=2, tolerance_percent=10),
    storage=BtrfsLayout(kind="btrfs", data=BtrfsProfile.RAID1, subvolumes=("var/lib/x",)),
)
MANIFEST = Manifest(
    suite="trixie",
    architecture="amd64",
    kernel="6.12.0-amd64",
    artefacts={BASE: Artefact(sha256="00" * 32, size_bytes=1, unpacked_bytes=GIB)},
)
NIC = NicFact(name="eno1", mac="02:00:00:00:00:01", physical=True)


def disk(
    letter: str,
    size_bytes: int = 16 * GIB,
    *,
    sector_size: int = 512,
    read_only: bool = False,
    mounts: tuple[str, ...] = (),
    partitions: tuple[PartitionFact, ...] = (),
    properties: dict[str, str] | None = None,
) -> DiskFact:
    """`/dev/sd<letter>` with the serial `S-<letter>` and a by-id name made of it."""
    return DiskFact(
        path=f"/dev/sd{letter}",
        by_id=(f"ata-DISK_S-{letter}", f"wwn-0x5000{letter}"),
        serial=f"S-{letter}",
        wwn=f"0x5000{letter}",
        model="DISK",
        size_bytes=size_bytes,
        sector_size=sector_size,
        physical_sector_size=sector_size,
        read_only=read_only,
        mounts=mounts,
        partitions=partitions,
        properties=properties or {},
    )


def partition(path: str, number: int = 1, *, guid: str | None = None) -> PartitionFact:
    """A partition of 1 GiB at the first MiB."""
    return PartitionFact(
        number=number,
        path=path,
        first_sector=2048,
        last_sector=2099199,
        size_bytes=GIB,
        guid=guid,
    )


def machine(*disks: DiskFact, firmware: FirmwareKind = FirmwareKind.UEFI) -> Facts:
    """A machine with 16 GiB of memory and one network card."""
    return Facts(
        firmware=Firmware(kind=firmware, nvram_writable=firmware is FirmwareKind.UEFI),
        memory_bytes=16 * GIB,
        disks=disks,
        nics=(NIC,),
    )


def request(layout: Layout, *names: str) -> Request:
    """The least an answer file has to say, for the disks of these names."""
    return Request(
        layout=layout.name,
        hostname="host1",
        domain="example.test",
        country="at",
        keyboard="en-us",
        timezone="UTC",
        mailto="admin@example.test",
        root_password=RootPassword(text=Secret("correct horse"), hashed=False),
        disks=DiskSelection(names=names),
        network=DhcpNetwork(),
    )


def asking(layout: Layout, *names: str, **changes: Any) -> Request:
    """The same, with some of it changed."""
    return request(layout, *names).model_copy(update=changes)


def codes(layout: Layout, facts: Facts, ask: Request, **manifest: Any) -> list[str]:
    """The codes of why a request is refused; empty if there is a plan."""
    try:
        plan_install(ask, layout, facts, MANIFEST.model_copy(update=manifest), Ids(b"refusals"))
    except RefusedError as error:
        return [problem.code for problem in error.problems]
    return []
