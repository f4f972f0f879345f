"""Which disks of a host that runs are taken for more storage, and what tables they get.

The rules are those of `disk attach`: what is in use is refused, what has something on it has to be
named or allowed to be wiped. Filters and criteria only look at disks that nothing uses.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from bedplate.errors import Problem
from bedplate.model.facts import DiskFact
from bedplate.model.gpt import last_usable_sector
from bedplate.model.plan import DiskPlan, PartitionPlan, Role
from bedplate.model.request import DiskSelection
from bedplate.plan.belongings import volume_groups_on
from bedplate.plan.choose import choose_disks
from bedplate.plan.criteria import mismatches, names_of
from bedplate.plan.disk_health import refuse_failing
from bedplate.plan.ids import Ids
from bedplate.plan.partitions import with_slack
from bedplate.plan.refuse import refuse_sectors
from bedplate.plan.refuse_used import SHARED
from bedplate.plan.replace_choice import candidates
from bedplate.plan.storage_input import StorageInput
from bedplate.units import MIB, align_down, human

# ZFS takes no device below this, and no PV of that size is of any use.
SMALLEST_BYTES = 64 * MIB
TOLERANCE_PERCENT = 10


@dataclass(frozen=True, slots=True)
class Piece:
    """A partition to be: of this size, or of what the others leave."""

    role: Role
    size_bytes: int | None = None


def choose_free(
    selection: DiskSelection, given: StorageInput, where: str
) -> tuple[tuple[DiskFact, ...], tuple[Problem, ...]]:
    """The disks that a selection means, and everything that speaks against taking them."""
    against = {
        # What is shared with disks that are chosen too is no obstacle: see `put_together`.
        one.disk.path: tuple(problem for problem in one.obstacles if problem.code != SHARED)
        or tuple(_uses(one.disk, given))
        for one in candidates(given.facts, given.stores, None)
    }
    facts = given.facts
    if not selection.names:
        free = tuple(disk for disk in facts.disks if not against[disk.path])
        facts = facts.model_copy(update={"disks": free})
    choice = choose_disks(selection, facts, None, where, f"{where}.wipe")
    problems = list(choice.problems)
    for disk in choice.disks:
        # Untouchable disks are refused by the choice already.
        problems += [one for one in against[disk.path] if one not in problems]
        problems += refuse_failing(disk, given.smart)
        problems += refuse_sectors(disk)
    return choice.disks, tuple(dict.fromkeys(problems))


def named(names: tuple[str, ...]) -> DiskSelection:
    """The disks of these names."""
    return DiskSelection(names=names)


def on_command_line(problems: tuple[Problem, ...], where: str) -> tuple[Problem, ...]:
    """Problems of a selection by names that was no key of a file."""
    key = f"{where}.disk-list"
    return tuple(replace(one, where=where) if one.where == key else one for one in problems)


def is_meant(disks: tuple[DiskFact, ...], selection: DiskSelection) -> bool:
    """Whether what lies on these disks is on those that a selection means, and maybe on more.

    Disks that it was given later are no difference: nothing that is asked for is missing.
    """
    if selection.names:
        there = {name for disk in disks for name in names_of(disk)}
        return there.issuperset(selection.names)
    criteria = selection.criteria
    least = 1 if criteria is None else criteria.count or criteria.at_least or 1
    return sum(not mismatches(disk, selection) for disk in disks) >= least


def room_bytes(disk: DiskFact, pieces: tuple[Piece, ...]) -> int:
    """What the pieces with a size leave of a disk for the one without."""
    end = (last_usable_sector(disk.size_bytes, disk.sector_size) + 1) * disk.sector_size
    fixed = sum(piece.size_bytes for piece in pieces if piece.size_bytes is not None)
    return align_down(max(end - MIB - fixed, 0), MIB)


def equal_bytes(disks: tuple[DiskFact, ...], pieces: tuple[Piece, ...]) -> int:
    """How large the pieces without a size are on disks that stand in for each other."""
    room = min(room_bytes(disk, pieces) for disk in disks)
    return max(with_slack(room), 0) or room


def plan_more_table(
    disk: DiskFact, pieces: tuple[Piece, ...], kind: str, ids: Ids, rest_bytes: int | None = None
) -> DiskPlan | Problem:
    """The table of a disk that carries these pieces one after the other, or why it cannot.

    `rest_bytes` is how large the one without a size is; otherwise it takes what is left.
    """
    rest = room_bytes(disk, pieces) if rest_bytes is None else rest_bytes
    sizes = [rest if piece.size_bytes is None else piece.size_bytes for piece in pieces]
    short = sum(sizes) - room_bytes(disk, ())
    if short > 0 or min(sizes) < SMALLEST_BYTES:
        message = f"{disk.describe()}, {human(disk.size_bytes)}, is too small"
        if any(piece.size_bytes for piece in pieces):
            wanted = ", ".join(
                f"{piece.role} {human(piece.size_bytes)}" for piece in pieces if piece.size_bytes
            )
            message += f" for what is to be on it ({wanted})"
        return Problem("disk-too-small", disk.id, message, "take a larger disk")
    return DiskPlan(
        id=disk.id,
        path=disk.path,
        size_bytes=disk.size_bytes,
        sector_size=disk.sector_size,
        guid=ids.guid(f"disk:{disk.id}"),
        partitions=tuple(_partitions(disk, pieces, sizes, kind, ids)),
    )


def refuse_unequal(
    disks: tuple[DiskFact, ...], where: str, *, insist: bool, how: str
) -> Iterator[Problem]:
    """Disks that hold the same data are used as far as the smallest goes."""
    if insist or not disks:
        return
    first = disks[0]
    for disk in disks[1:]:
        if abs(first.size_bytes - disk.size_bytes) * 100 > first.size_bytes * TOLERANCE_PERCENT:
            message = (
                f"{disk.describe()} has {human(disk.size_bytes)}, and {first.path} beside it in "
                f"{where} {human(first.size_bytes)}: more than {TOLERANCE_PERCENT} % apart, and "
                "only as much as the smallest has is used of each"
            )
            yield Problem("disk-unequal", disk.id, message, f"choose disks of one size, or {how}")


def _partitions(
    disk: DiskFact, pieces: tuple[Piece, ...], sizes: list[int], kind: str, ids: Ids
) -> Iterator[PartitionPlan]:
    at = MIB
    for number, (piece, size) in enumerate(zip(pieces, sizes, strict=True), start=1):
        first = at // disk.sector_size
        yield PartitionPlan(
            number=number,
            role=piece.role,
            type_guid=kind,
            guid=ids.guid(f"partition:{disk.id}:{piece.role.value}"),
            first_sector=first,
            last_sector=first + size // disk.sector_size - 1,
            size_bytes=size,
        )
        at += size


def _uses(disk: DiskFact, given: StorageInput) -> Iterator[Problem]:
    """What an installation would take apart, and this host may still need."""
    for group in volume_groups_on(disk, given.facts):
        message = f"{disk.describe()} holds a part of the volume group {group.name}"
        hint = f"choose another disk; if it is not needed any more: `vgremove {group.name}`"
        yield Problem("disk-in-use", disk.id, message, hint)
    for esp in given.esps.esps:
        if esp.disk == disk.id and esp.fat_id in given.esps.listed_ids:
            message = f"{disk.describe()} has an ESP that this host starts from"
            hint = "choose another disk; `bedplate disk detach` does without this one"
            yield Problem("disk-in-use", disk.id, message, hint)
