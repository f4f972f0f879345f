"""What the machine shows after a run, held against what was planned."""

from __future__ import annotations

from typing import assert_never

from bedplate.errors import Problem
from bedplate.model.facts import DiskFact, Facts, PartitionFact, Signature
from bedplate.model.plan import (
    Array,
    BtrfsStorage,
    DiskPlan,
    LvmStorage,
    PartitionPlan,
    Plan,
    Role,
    ZfsStorage,
)


def differences(plan: Plan, facts: Facts) -> tuple[Problem, ...]:
    """Everything in which a machine is not what the plan says; empty means that it was carried out.

    Partition tables are compared to the sector and GUID, ESPs by their volume id and their mark,
    swap by its UUID, volumes to the byte, a pool or an array by its name and members, and a btrfs
    by its UUID on each member. What is on an array is seen only while that runs. The new system's
    files cannot be seen from outside and are not compared.
    """
    found = {disk.id: disk for disk in facts.disks}
    problems = [problem for disk in plan.disks for problem in _disk(disk, found.get(disk.id))]
    fat_ids = {s.partition_guid: s.fat_id for s in plan.steps if s.kind == "format-esp"}
    partitions = {part.guid: part for disk in facts.disks for part in disk.partitions if part.guid}
    problems += [p for guid, fat in fat_ids.items() for p in _esp(guid, fat, partitions.get(guid))]
    swaps = {s.partition_guid: s.uuid for s in plan.steps if s.kind == "format-swap"}
    problems += [p for guid, uuid in swaps.items() for p in _swap(guid, uuid, partitions.get(guid))]
    mark, marked = plan.mark, [s.partition_guid for s in plan.steps if s.kind == "mark-installed"]
    problems += [p for guid in marked for p in _mark(guid, mark, partitions.get(guid))]
    match plan.storage:
        case ZfsStorage() as storage:
            problems += _pool(storage, facts, partitions)
        case LvmStorage() as storage:
            problems += _array(storage, partitions)
            if not _is_hidden(storage, partitions):
                problems += _volume_group(storage, facts)
        case BtrfsStorage() as storage:
            problems += _btrfs(storage, partitions)
        case other:
            assert_never(other)
    return tuple(problems)


def is_installed(plan: Plan, facts: Facts) -> bool:
    """Whether nothing is left to do: the plan was carried out to its end, and it still shows.

    A run that was broken off lacks the marks of its last steps, however far it came.
    """
    ends_in_marks = any(step.kind == "mark-installed" for step in plan.steps)
    return ends_in_marks and not differences(plan, facts)


def _disk(planned: DiskPlan, found: DiskFact | None) -> list[Problem]:
    if found is None:
        return [Problem("differs-disk", planned.id, "is not there")]
    want = {_row(part) for part in planned.partitions}
    have = {_row(part) for part in found.partitions}
    return [
        Problem("differs-table", planned.id, f"lacks partition {_words(row)}")
        for row in sorted(want - have)
    ] + [
        Problem("differs-table", planned.id, f"has an unplanned partition {_words(row)}")
        for row in sorted(have - want)
    ]


_Row = tuple[int, int, int, str, str]


def _row(part: PartitionPlan | PartitionFact) -> _Row:
    type_guid, guid = part.type_guid or "", part.guid or ""
    return (part.number, part.first_sector, part.last_sector, type_guid.lower(), guid.lower())


def _words(row: _Row) -> str:
    number, first, last, type_guid, guid = row
    return f"{number} (sectors {first} to {last}, type {type_guid}, GUID {guid})"


def _esp(guid: str, fat_id: str, found: PartitionFact | None) -> list[Problem]:
    has = [signature.uuid for signature in _signatures(found, "vfat")]
    if fat_id in has:
        return []
    message = f"the {Role.ESP.upper()} has volume ids {has}, planned was {fat_id}"
    return [Problem("differs-esp", guid, message)]


def _swap(guid: str, uuid: str, found: PartitionFact | None) -> list[Problem]:
    has = [signature.uuid for signature in _signatures(found, "swap")]
    if uuid in has:
        return []
    return [Problem("differs-swap", guid, f"the swap space has UUIDs {has}, planned was {uuid}")]


def _mark(guid: str, mark: str, found: PartitionFact | None) -> list[Problem]:
    if any(signature.label == mark for signature in _signatures(found, "vfat")):
        return []
    message = f"the {Role.ESP.upper()} lacks the label {mark} of a finished installation"
    return [Problem("differs-mark", guid, message)]


def _pool(storage: ZfsStorage, facts: Facts, partitions: dict[str, PartitionFact]) -> list[Problem]:
    pools = [pool for pool in facts.pools if pool.name == storage.pool]
    if len(pools) != 1:
        message = f"is there {len(pools)} times, planned was once"
        return [Problem("differs-pool", storage.pool, message)]
    problems = []
    if pools[0].state != "ONLINE":
        message = f"is {pools[0].state}, planned was ONLINE"
        problems.append(Problem("differs-pool", storage.pool, message))
    for member in (guid for vdev in storage.vdevs for guid in vdev.members):
        if not _signatures(partitions.get(member), "zfs_member"):
            problems.append(Problem("differs-pool", member, f"is no member of {storage.pool}"))
    return problems


def _array(storage: LvmStorage, partitions: dict[str, PartitionFact]) -> list[Problem]:
    array = storage.array
    if array is None:
        return []
    return [
        Problem("differs-array", member, f"is no member of {array.name} ({array.uuid})")
        for member in array.members
        if not _is_member(array, partitions.get(member))
    ]


def _is_member(array: Array, part: PartitionFact | None) -> bool:
    """Whether a partition has the array's superblock."""
    return any(
        signature.uuid == array.uuid and signature.array_name == array.name
        for signature in _signatures(part, "linux_raid_member")
    )


def _is_hidden(storage: LvmStorage, partitions: dict[str, PartitionFact]) -> bool:
    """Whether the volume group is on an array that does not run; it was compared when it did."""
    if storage.array is None:
        return False
    members = (partitions.get(guid) for guid in storage.array.members)
    return not any(member is not None and member.holders for member in members)


def _volume_group(storage: LvmStorage, facts: Facts) -> list[Problem]:
    groups = [group for group in facts.volume_groups if group.name == storage.vg]
    if len(groups) != 1:
        message = f"is there {len(groups)} times, planned was once"
        return [Problem("differs-vg", storage.vg, message)]
    have = {
        volume.name: (volume.size_bytes, volume.metadata_size_bytes) for volume in groups[0].volumes
    }
    return [
        Problem(
            "differs-volume",
            f"{storage.vg}/{volume.name}",
            f"has the sizes {have.get(volume.name)}, planned were "
            f"{(volume.size_bytes, volume.metadata_size_bytes)}",
        )
        for volume in storage.volumes
        if have.get(volume.name) != (volume.size_bytes, volume.metadata_size_bytes)
    ]


def _btrfs(storage: BtrfsStorage, partitions: dict[str, PartitionFact]) -> list[Problem]:
    return [
        Problem("differs-btrfs", member, f"holds no part of the btrfs {storage.uuid}")
        for member in storage.members
        if not any(s.uuid == storage.uuid for s in _signatures(partitions.get(member), "btrfs"))
    ]


def _signatures(found: PartitionFact | None, kind: str) -> tuple[Signature, ...]:
    """Those of a kind on a partition; one that is not there has none."""
    return tuple(s for s in found.signatures if s.kind == kind) if found else ()
