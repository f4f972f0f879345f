"""Boot disks with partitions, and pools with members on them."""

from __future__ import annotations

from bedplate.model.facts import DiskFact, PartitionFact
from bedplate.model.gpt import BIOS_BOOT_TYPE, ESP_TYPE, SWAP_TYPE, ZFS_TYPE
from bedplate.model.plan import Role
from bedplate.model.store import MemberFact, MemberGroup, MemberState, StoreFact
from bedplate.units import GIB, MIB
from tests.unit.plan.builders import disk

WELL, JOINING, FAILED, MISSING = MemberState
SIZES = {Role.BIOS_BOOT: MIB, Role.ESP: 512 * MIB, Role.DATA: 15 * GIB}
TYPES = {
    Role.BIOS_BOOT: BIOS_BOOT_TYPE,
    Role.ESP: ESP_TYPE,
    Role.DATA: ZFS_TYPE,
    Role.SPECIAL: ZFS_TYPE,
    Role.LOG: ZFS_TYPE,
    Role.CACHE: ZFS_TYPE,
    Role.SWAP: SWAP_TYPE,
}


def boot_disk(letter: str, *more: tuple[Role, int], size_bytes: int = 16 * GIB) -> DiskFact:
    """A disk with the partitions of an installation, and some behind them."""
    plain = disk(letter, size_bytes)
    partitions = tuple(
        PartitionFact(
            number=number,
            path=f"{plain.path}{number}",
            first_sector=0,
            last_sector=0,
            size_bytes=size,
            type_guid=TYPES[role],
            guid=f"{letter}-{number}",
        )
        for number, (role, size) in enumerate((*SIZES.items(), *more), start=1)
    )
    return plain.model_copy(update={"table": "gpt", "partitions": partitions})


def member(letter: str, state: MemberState = WELL, number: int = 3) -> MemberFact:
    path = f"/dev/disk/by-id/ata-DISK_S-{letter}-part{number}"
    return MemberFact(id=f"guid-{letter}{number}", path=path, state=state)


def pool(*groups: MemberGroup) -> StoreFact:
    return StoreFact(kind="zfs", id="77", name="rpool", at="rpool", groups=groups)


def mirror(*members: MemberFact, role: Role = Role.DATA, needed: int | None = None) -> MemberGroup:
    return MemberGroup(type="mirror-0", role=role, members=members, needed_bytes=needed)
