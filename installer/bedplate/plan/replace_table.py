"""The partition table of a disk that takes another's place: what its sibling has, by role.

Never sector by sector: the disks may differ in their sizes, and in those of their sectors. Of what
is behind the ESP, the partition with the data may be made smaller, down to what the store needs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bedplate.errors import Problem
from bedplate.model.facts import DiskFact, PartitionFact
from bedplate.model.gpt import (
    BIOS_BOOT_TYPE,
    ESP_TYPE,
    SWAP_TYPE,
    first_usable_sector,
    last_usable_sector,
)
from bedplate.model.plan import DiskPlan, PartitionPlan, Role
from bedplate.model.store import MemberFact, StoreFact
from bedplate.plan.belongings import partition_names
from bedplate.plan.ids import Ids
from bedplate.plan.lost import memberships
from bedplate.plan.partitions import SECTOR_SIZES
from bedplate.units import MIB, align_down, align_up, human

_BY_TYPE = {BIOS_BOOT_TYPE: Role.BIOS_BOOT, ESP_TYPE: Role.ESP, SWAP_TYPE: Role.SWAP}
_MAIN = frozenset({Role.DATA, Role.SPECIAL})
_BIOS_BOOT_NUMBER = 1
# A partition of any disk is a whole number of sectors on any other.
_STEP = SECTOR_SIZES[1]


@dataclass(frozen=True, slots=True)
class Part:
    """A partition to be: a role, what it is on the sibling, and how small it may be."""

    role: Role
    model: PartitionFact
    least_bytes: int

    @property
    def wanted_bytes(self) -> int:
        """The size that it has on the sibling, in sectors of any size."""
        return align_down(self.model.size_bytes, _STEP)


def role_of(partition: PartitionFact, disk: DiskFact, stores: tuple[StoreFact, ...]) -> Role | None:
    """What a partition is for, by what uses it, or else by its type; `None` if nobody knows."""
    names = partition_names(disk, partition)
    for held in memberships(stores):
        if _is_at(held.member, names):
            return held.group.role
    return _BY_TYPE.get(partition.type_guid or "")


def parts_of(
    sibling: DiskFact, stores: tuple[StoreFact, ...], needed: Mapping[Role, int]
) -> tuple[tuple[Part, ...], tuple[PartitionFact, ...]]:
    """What a disk like this one has, and those of its partitions that nobody knows the use of.

    `needed` is how small a partition of a role may be. The BIOS boot partition is left out: it
    depends on the new disk alone.
    """
    known: list[Part] = []
    strange: list[PartitionFact] = []
    for partition in sorted(sibling.partitions, key=lambda part: part.number):
        role = role_of(partition, sibling, stores)
        if role is None:
            strange.append(partition)
        elif role is not Role.BIOS_BOOT:
            size = align_down(partition.size_bytes, _STEP)
            known.append(Part(role, partition, min(size, needed.get(role, size))))
    return tuple(known), tuple(strange)


def bios_boot_number(sibling: DiskFact) -> int:
    """The number of the BIOS boot partition on a disk, or what it usually is."""
    numbers = (part.number for part in sibling.partitions if part.type_guid == BIOS_BOOT_TYPE)
    return next(numbers, _BIOS_BOOT_NUMBER)


def plan_table(
    new: DiskFact, parts: tuple[Part, ...], ids: Ids, bios_boot: int = _BIOS_BOOT_NUMBER
) -> DiskPlan | Problem:
    """The table of the new disk, or by how much it is too small.

    `bios_boot` is the number of its BIOS boot partition, which it gets if that is free.
    """
    sizes = _sizes(new, parts)
    if isinstance(sizes, Problem):
        return sizes
    return DiskPlan(
        id=new.id,
        path=new.path,
        size_bytes=new.size_bytes,
        sector_size=new.sector_size,
        guid=ids.guid(f"disk:{new.id}"),
        partitions=tuple(_partitions(new, parts, sizes, ids, bios_boot)),
    )


def _sizes(new: DiskFact, parts: tuple[Part, ...]) -> list[int] | Problem:
    """How large each part is to be; the main one gives way where there is no room."""
    sizes = [part.wanted_bytes for part in parts]
    end = (last_usable_sector(new.size_bytes, new.sector_size) + 1) * new.sector_size
    over = MIB + sum(align_up(size, MIB) for size in sizes[:-1]) + sum(sizes[-1:]) - end
    if over <= 0:
        return sizes
    for place, part in enumerate(parts):
        if part.role in _MAIN:
            smaller = sizes[place] - align_up(over, MIB)
            if smaller >= part.least_bytes:
                sizes[place] = smaller
                return sizes
            short = part.least_bytes - (sizes[place] - over)
            break
    else:
        short = over
    message = (
        f"{new.describe()}, {human(new.size_bytes)}, is too small by {short} bytes ({human(short)})"
    )
    return Problem("disk-too-small", new.id, message, "take a larger disk")


def _partitions(
    new: DiskFact, parts: tuple[Part, ...], sizes: list[int], ids: Ids, bios_boot: int
) -> Iterator[PartitionPlan]:
    def planned(number: int, role: Role, kind: str, first: int, last: int) -> PartitionPlan:
        return PartitionPlan(
            number=number,
            role=role,
            type_guid=kind,
            guid=ids.guid(f"partition:{new.id}:{number}"),
            first_sector=first,
            last_sector=last,
            size_bytes=(last - first + 1) * new.sector_size,
        )

    # No BIOS starts from a 4Kn disk; on any other, it is to be able to.
    is_free = all(part.model.number != bios_boot for part in parts)
    if new.sector_size == SECTOR_SIZES[0] and is_free:
        last = MIB // new.sector_size - 1
        first = first_usable_sector(new.sector_size)
        yield planned(bios_boot, Role.BIOS_BOOT, BIOS_BOOT_TYPE, first, last)
    at = MIB
    for part, size in zip(parts, sizes, strict=True):
        first = at // new.sector_size
        last = first + size // new.sector_size - 1
        kind = part.model.type_guid or ""
        yield planned(part.model.number, part.role, kind, first, last)
        at = align_up(at + size, MIB)


def _is_at(member: MemberFact, names: frozenset[str]) -> bool:
    return member.path in names or (member.successor is not None and member.successor.path in names)
