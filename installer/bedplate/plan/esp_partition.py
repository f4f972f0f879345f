"""Whether a partition may be made an ESP, or be listed as one, and which ids may leave the list."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from bedplate.errors import Problem, RefusedError
from bedplate.model.boot_files import ESP_LIST
from bedplate.model.esp import EspFact, EspFacts, UuidList
from bedplate.model.facts import DiskFact, PartitionFact
from bedplate.model.gpt import ESP_TYPE
from bedplate.units import MIB, human

# The manual's floor: an ESP of this size holds two kernels.
SMALLEST_ESP = 256 * MIB
_MOUNTED = "esp-mounted"


@dataclass(frozen=True, slots=True)
class FormatPlan:
    """Make a FAT file system on a partition; `sets_type` if the table calls it something else."""

    disk: DiskFact
    partition: PartitionFact
    sets_type: bool
    fat_id: str


@dataclass(frozen=True, slots=True)
class CleanPlan:
    """The ids that leave the list, and those that stay."""

    dropped: tuple[str, ...]
    kept: tuple[str, ...]


def find_partition(path: str, disks: Iterable[DiskFact]) -> tuple[DiskFact, PartitionFact]:
    """The partition at a path. Raises `RefusedError` if that is something else."""
    disks = tuple(disks)
    for disk in disks:
        for partition in disk.partitions:
            if partition.path == path:
                return disk, partition
    whole = next((disk for disk in disks if disk.path == path), None)
    if whole is None:
        message = "is no partition of a disk of this machine"
        raise RefusedError(Problem("not-a-partition", path, message, "`bedplate facts` shows them"))
    esps = [part.path for part in whole.partitions if part.type_guid == ESP_TYPE]
    message = f"is a whole disk ({whole.describe()}), and an ESP is a partition of one"
    hint = f"its ESP is {' or '.join(esps)}" if esps else "it has no ESP"
    raise RefusedError(Problem("not-a-partition", path, message, hint))


def plan_format(
    path: str, disks: Iterable[DiskFact], in_pools: Collection[str], fat_id: str, *, force: bool
) -> FormatPlan:
    """Make a partition an empty ESP.

    `in_pools` are the devices of imported pools. Raises `RefusedError` with everything that is in
    the way; `force` only overrules what is on a partition that nobody uses.
    """
    disk, partition = find_partition(path, disks)
    problems = [*_unfit(disk, partition, in_pools)]
    if not force:
        problems += _precious(disk, partition)
    if problems:
        raise RefusedError(problems)
    return FormatPlan(disk, partition, partition.type_guid != ESP_TYPE, fat_id)


def check_init(
    path: str, disks: Iterable[DiskFact], facts: EspFacts, *, may_be_mounted: bool = False
) -> EspFact:
    """The ESP at a path, if it can be listed. Raises `RefusedError` with everything against it."""
    disk, partition = find_partition(path, disks)
    esp = next((esp for esp in facts.esps if esp.path == path), None)
    problems = [*_unlistable(disk, partition, esp), *list_damage(facts.listed)]
    if may_be_mounted:
        problems = [problem for problem in problems if problem.code != _MOUNTED]
    if problems or esp is None:
        raise RefusedError(problems)
    others = [other for other in facts.esps if other.fat_id == esp.fat_id and other is not esp]
    if others:
        message = f"has the FAT id {esp.fat_id}, as {others[0].describe()} has it: a cloned disk"
        hint = f"`bedplate esp format {path} --force` gives it an id of its own, and empties it"
        raise RefusedError(Problem("esp-duplicate", esp.describe(), message, hint))
    return esp


def plan_clean(facts: EspFacts, *, yes: bool) -> CleanPlan:
    """Take the ids off the list that no disk has.

    Raises `RefusedError` if nobody would notice any more that the host has one boot disk only, or
    if a disk cannot be read, unless `yes` says that this is meant.
    """
    listed = facts.listed
    if listed is None:
        message = f"there is no {ESP_LIST}: there is nothing to clean"
        raise RefusedError(Problem("not-managed", "this host", message))
    if damage := [*list_damage(listed)]:
        raise RefusedError(damage)
    there = {esp.fat_id for esp in facts.esps}
    plan = CleanPlan(
        dropped=tuple(fat_id for fat_id in listed.ids if fat_id not in there),
        kept=tuple(fat_id for fat_id in listed.ids if fat_id in there),
    )
    if plan.dropped and not yes and (reasons := [*_doubts(plan, facts)]):
        raise RefusedError(reasons)
    return plan


def list_damage(listed: UuidList | None) -> Iterator[Problem]:
    """Lines for which the list is not written anew: nobody knows what they were."""
    for line in listed.damaged if listed else ():
        message = f"has the line {line!r}, which is not the id of a FAT file system"
        hint = "correct or remove the line: an id looks like 1A2B-3C4D, `lsblk -o +UUID` shows it"
        yield Problem("list-damaged", ESP_LIST, message, hint)


def _unfit(
    disk: DiskFact, partition: PartitionFact, in_pools: Collection[str]
) -> Iterator[Problem]:
    """What no force overrules."""
    where = partition.path
    if disk.read_only:
        yield Problem("disk-read-only", where, f"{disk.describe()} is read-only")
    if disk.table != "gpt":
        message = f"{disk.describe()} has no GPT, which an ESP is a part of here"
        yield Problem("no-gpt", where, message, "partition the disk first")
    if partition.mounts:
        message = f"is mounted at {', '.join(partition.mounts)}"
        yield Problem(_MOUNTED, where, message, f"`umount {partition.mounts[0]}`")
    users = [*partition.holders, *(["swap"] if partition.swap else [])]
    users += ["an imported pool"] if partition.path in in_pools else []
    if users:
        message = f"is used by {', '.join(users)}"
        yield Problem("partition-in-use", where, message, "is it the right partition?")
    yield from _too_small(partition)


def _too_small(partition: PartitionFact) -> Iterator[Problem]:
    if partition.size_bytes < SMALLEST_ESP:
        message = f"has {human(partition.size_bytes)}, and an ESP needs {human(SMALLEST_ESP)}"
        yield Problem("esp-too-small", partition.path, message, "make the partition larger")


def _precious(disk: DiskFact, partition: PartitionFact) -> Iterator[Problem]:
    """What is on a partition that may have to be kept."""
    hint = "--force destroys it"
    if partition.signatures:
        found = ", ".join(
            " ".join(filter(None, (one.kind, one.label, one.uuid))) for one in partition.signatures
        )
        message = f"of {disk.describe()} has {found} on it"
        yield Problem("partition-not-empty", partition.path, message, hint)
    elif partition.type_guid != ESP_TYPE:
        message = f"of {disk.describe()} has the type {partition.type_guid}, which is no ESP's"
        yield Problem("esp-wrong-type", partition.path, message, hint)


def _unlistable(disk: DiskFact, partition: PartitionFact, esp: EspFact | None) -> Iterator[Problem]:
    where = partition.path
    format_it = f"`bedplate esp format {where}` makes it one"
    if esp is None or esp.type_guid != ESP_TYPE:
        kind = partition.type_guid or "none"
        message = f"of {disk.describe()} is no ESP: its partition type is {kind}, not {ESP_TYPE}"
        yield Problem("esp-wrong-type", where, message, format_it)
        return
    if esp.mounts:
        message = f"is mounted at {', '.join(esp.mounts)}"
        hint = f"`bedplate esp adopt {where}` unmounts it, and takes it out of /etc/fstab"
        yield Problem(_MOUNTED, where, message, hint)
    if esp.unreadable is not None:
        yield Problem(esp.unreadable.code, where, esp.unreadable.message, format_it)
    if esp.read_only:
        yield Problem("esp-read-only", where, f"{disk.describe()} is read-only")
    yield from _too_small(partition)


def _doubts(plan: CleanPlan, facts: EspFacts) -> Iterator[Problem]:
    hint = "connect or replace the disk, or say --yes"
    gone = ", ".join(
        f"{fat_id} (disk {facts.known_disks[fat_id]})" if fat_id in facts.known_disks else fat_id
        for fat_id in plan.dropped
    )
    if len(plan.kept) < 2:
        message = (
            f"{gone} would leave the list, and {len(plan.kept) or 'no'} ESP would stay on it: "
            "nobody would be told any more that this host has lost a boot disk"
        )
        yield Problem("redundancy-lost", ESP_LIST, message, hint)
    if facts.unread_disks:
        message = f"{gone} may be on a disk that cannot be read: {', '.join(facts.unread_disks)}"
        yield Problem("disk-unreadable", ESP_LIST, message, hint)
