"""The planner of `bedplate disk replace`: from what a host has lost to every step that mends it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import assert_never

from bedplate.errors import Problem, RefusedError
from bedplate.model.disk_change import Action, DiskChange
from bedplate.model.esp import EspFacts
from bedplate.model.facts import DiskFact, Facts
from bedplate.model.known_disk import KnownDisk
from bedplate.model.plan import DiskPlan, Role
from bedplate.model.root_grub import RootGrub
from bedplate.model.smart import SmartFact
from bedplate.model.store import MemberState, StoreFact
from bedplate.plan.disk_health import health_of, in_words, refuse_failing, warn_of
from bedplate.plan.ids import Ids
from bedplate.plan.lost import LostDisk, Membership, members_on
from bedplate.plan.new_disk import NewDisk
from bedplate.plan.new_disk_start import Starting
from bedplate.plan.replace_choice import choose_new, choose_old, understood
from bedplate.plan.replace_steps import plan_replace_steps
from bedplate.plan.replace_table import Part, bios_boot_number, parts_of, plan_table


@dataclass(frozen=True, slots=True)
class ReplaceInput:
    """All that a replacement follows from.

    `old` and `new` are what the operator named, `known` the boot disks that the host was given,
    `smart` what disks say of themselves, as far as they were asked, `fstab` the text of that file.
    `grub` and `install_devices` are for `new_disk_start.Starting`.
    """

    facts: Facts
    stores: tuple[StoreFact, ...]
    esps: EspFacts
    known: tuple[KnownDisk, ...] = ()
    smart: tuple[SmartFact, ...] = ()
    fstab: str = ""
    grub: RootGrub | None = None
    install_devices: tuple[str, ...] = ()
    old: str | None = None
    new: str | None = None


def plan_replacement(given: ReplaceInput, ids: Ids) -> DiskChange:
    """Everything that is done to put a new disk in the place of an old one.

    Raises `RefusedError` with the reasons why it cannot be.
    """
    names = understood(given.old, given.new, given.facts, given.stores)
    old = choose_old(names[0], given.facts, given.stores, given.known)
    new = choose_new(names[1], old, given.facts, given.stores)
    sibling = _sibling(old, given)
    needed = _needed(old)
    parts, strange = parts_of(sibling, given.stores, needed)
    starting = Starting(
        given.facts, given.stores, given.esps, sibling, given.grub, given.install_devices
    )
    table = plan_table(new, parts, ids, bios_boot_number(sibling))
    problems = [
        *refuse_failing(new, given.smart),
        *_unfit(new, sibling, old),
        *_homeless(old, parts),
        *starting.problems(new, table if isinstance(table, DiskPlan) else None),
    ]
    if isinstance(table, Problem):
        problems.append(table)
    if problems or isinstance(table, Problem):
        raise RefusedError(problems)
    warnings = tuple(
        f"Partition {part.number} of {sibling.path} is of no use that is known here, and is not "
        "made on the new disk."
        for part in strange
    )
    joins = NewDisk(given.facts, given.esps, given.known, given.fstab, new, table, ids)
    steps, more = plan_replace_steps(old, joins, starting)
    joined = dict.fromkeys(held.store.name for held in old.held)
    staying = _staying(given, old)
    return DiskChange(
        action=Action.REPLACE,
        old=old.title if old.name is None or old.name in old.title else f"{old.title} ({old.name})",
        old_health=_health(old, given),
        made_for=(new,),
        disks=(table,),
        stays=tuple(disk.describe() for disk in staying),
        steps=steps,
        warnings=(
            *warnings,
            *more,
            *starting.remarks(joined),
            *_remarks(old, table, parts),
            *warn_of((new, *staying), given.smart),
        ),
    )


def _sibling(old: LostDisk, given: ReplaceInput) -> DiskFact:
    """A disk that has what the new one is to have: one that is well, in the same group."""
    for held in sorted(old.held, key=lambda one: one.group.role not in (Role.DATA, Role.SPECIAL)):
        for member in held.group.members:
            if member.state is MemberState.WELL and member.id != held.member.id:
                for disk in given.facts.disks:
                    if any(on.member is member for on in members_on(disk, given.stores)):
                        return disk
    if old.disk is not None:
        return old.disk
    stores = ", ".join(dict.fromkeys(held.store.name for held in old.held))
    message = f"has no member left of which it could be said what {old.title} held"
    raise RefusedError(Problem("no-sibling", stores, message, "restore from a backup"))


def _needed(old: LostDisk) -> dict[Role, int]:
    """The least size of each part, where a store says."""
    return {
        held.group.role: held.group.needed_bytes
        for held in old.held
        if held.group.needed_bytes is not None
    }


def _unfit(new: DiskFact, sibling: DiskFact, old: LostDisk) -> list[Problem]:
    """Sectors that are larger than those that a volume group or its file systems were made for."""
    if new.sector_size <= sibling.sector_size:
        return []
    return [
        Problem(
            "sector-size",
            new.id,
            f"{new.describe()} has sectors of {new.sector_size} bytes, and what is on "
            f"{held.store.name} was made for sectors of {sibling.sector_size}",
            "take a disk with the same sectors",
        )
        for held in old.held
        if held.store.kind == "md"
    ]


def _homeless(old: LostDisk, parts: tuple[Part, ...]) -> Iterator[Problem]:
    """Members that the new disk has no partition for, because their siblings are whole disks."""
    roles = {part.role for part in parts}
    for held in old.held:
        if held.group.role not in roles:
            message = "has members that are whole disks, and boot disks have partitions"
            hint = "replace it with the tool of the store: zpool replace, mdadm, btrfs replace"
            yield Problem("whole-disk-member", held.store.name, message, hint)


def _staying(given: ReplaceInput, old: LostDisk) -> tuple[DiskFact, ...]:
    """The disks that the data is on and stays on."""
    ours = {held.store.id for held in old.held}
    return tuple(
        disk
        for disk in given.facts.disks
        if (old.disk is None or disk.path != old.disk.path)
        and any(on.store.id in ours for on in members_on(disk, given.stores))
    )


def _health(old: LostDisk, given: ReplaceInput) -> str | None:
    """What the old disk says of itself: somebody may have meant another one."""
    found = health_of(old.disk, given.smart) if old.disk is not None else None
    return in_words(found) if found is not None else None


def _remarks(old: LostDisk, table: DiskPlan, parts: tuple[Part, ...]) -> tuple[str, ...]:
    """What an operator should know beforehand."""
    smaller = [
        part.role.value
        for part in parts
        if (planned := table.by_role(part.role)) and planned.size_bytes < part.wanted_bytes
    ]
    remarks = [f"The {role} partition is smaller than on the other disks." for role in smaller]
    for held in old.held:
        if _redundancy_is_gone(held):
            remarks.append(
                f"{held.store.name} has no redundancy left: until its data is on the new disk, "
                "another error loses data. Have a backup."
            )
    return tuple(dict.fromkeys(remarks))


def _redundancy_is_gone(held: Membership) -> bool:
    lost = sum(member.state is not MemberState.WELL for member in held.group.members)
    match held.store.kind:
        case "zfs":
            kind = held.group.type.partition("-")[0]
            spare = {"raidz2": 2, "raidz3": 3, "mirror": len(held.group.members) - 1}.get(kind, 1)
        case "md" | "btrfs":
            spare = len(held.group.members) - 1 if held.group.type == "raid1" else 1
        case other:
            assert_never(other)
    return held.group.role in (Role.DATA, Role.SPECIAL) and lost >= spare
