"""The planner of `bedplate disk detach`: a disk leaves, and the others start the host."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bedplate.errors import Problem, RefusedError
from bedplate.model.diagnosis import Diagnosis
from bedplate.model.disk_change import (
    Action,
    DiskChange,
    DiskStep,
    LeaveArray,
    LeaveBtrfs,
    LeavePool,
    LeaveStep,
)
from bedplate.model.esp import EspFacts
from bedplate.model.facts import DiskFact, Facts
from bedplate.model.known_disk import KnownDisk
from bedplate.model.plan import Role
from bedplate.model.step import Phase, SwapOff
from bedplate.model.store import MemberState, StoreFact
from bedplate.plan.belongings import volume_groups_on
from bedplate.plan.criteria import names_of
from bedplate.plan.lost import Membership, members_on
from bedplate.plan.new_disk import know, list_esps, save_tables
from bedplate.plan.release import clear_disk


@dataclass(frozen=True, slots=True)
class DetachInput:
    """All that it follows from. `name` is what the operator named, `health` what doctor said."""

    facts: Facts
    stores: tuple[StoreFact, ...]
    esps: EspFacts
    health: Diagnosis
    name: str
    known: tuple[KnownDisk, ...] = ()


def plan_detachment(given: DetachInput) -> DiskChange:
    """Everything that is done to do without a disk that works.

    Raises `RefusedError` with the reasons why it cannot be: data that is nowhere else, or no other
    disk that starts the host.
    """
    disk = _named(given)
    held = members_on(disk, given.stores)
    problems = [*_unfit(disk, held, given), *_unbootable(disk, given)]
    if problems:
        raise RefusedError(problems)
    ours = {one.store.id for one in held}
    return DiskChange(
        action=Action.DETACH,
        old=disk.describe(),
        made_for=(disk,),
        stays=tuple(
            other.describe()
            for other in given.facts.disks
            if other is not disk
            and any(o.store.id in ours for o in members_on(other, given.stores))
        ),
        steps=tuple(_steps(disk, held, given)),
        warnings=tuple(_remarks(held)),
    )


def _named(given: DetachInput) -> DiskFact:
    there = [disk for disk in given.facts.disks if given.name in names_of(disk)]
    if len(there) == 1:
        return there[0]
    if there:
        message = f"names {len(there)} disks: {', '.join(disk.path for disk in there)}"
        raise RefusedError(Problem("disk-ambiguous", given.name, message, "use a by-id name"))
    message = "names no disk of this machine"
    hint = "`bedplate disk list` shows every disk"
    raise RefusedError(Problem("disk-unmatched", given.name, message, hint))


def _unfit(disk: DiskFact, held: tuple[Membership, ...], given: DetachInput) -> Iterator[Problem]:
    """Data that is on no other disk, and what only its owner may stop using."""
    if not held:
        message = f"{disk.describe()} holds no part of any pool, array or btrfs in use"
        yield Problem("not-a-member", disk.id, message, "there is nothing to detach it from")
    for one in held:
        if one.store.is_joining:
            message = "is giving a member its data: that comes first"
            yield Problem("store-not-well", one.store.name, message, "wait until it has it")
        elif reason := _indispensable(one):
            yield Problem("not-redundant", one.store.name, reason, "leave the disk where it is")
    for thing in disk.devices:
        for mount in thing.mounts:
            if not any(o.store.kind == "btrfs" and o.member.path == thing.path for o in held):
                message = f"{disk.describe()} is in use: {thing.path} is mounted on {mount}"
                yield Problem("disk-in-use", disk.id, message, f"umount {mount}")
    arrays = {one.store.at for one in held if one.store.kind == "md"}
    for group in volume_groups_on(disk, given.facts):
        if not arrays:
            message = f"{disk.describe()} is in use: it holds a PV of {group.name}"
            yield Problem("disk-in-use", disk.id, message, f"vgreduce {group.name}")


def _indispensable(one: Membership) -> str | None:
    """Why a store cannot do without a member; `None` if it can."""
    others = [m for m in one.group.members if m is not one.member and m.state is MemberState.WELL]
    kind = one.group.type
    if one.group.role in (Role.LOG, Role.CACHE) and kind == "disk":
        return None  # what is in them is in the pool as well, or will be in a moment
    if not others:
        return "has this data on no other disk that is well"
    match one.store.kind:
        case "zfs" if not kind.startswith("mirror"):
            return f"is a {kind.partition('-')[0]}, which cannot do with one disk less"
        case "md" if kind != "raid1":
            return f"is a {kind} array, which cannot do with one disk less"
        case "btrfs" if kind not in {"raid1", "single", "dup"}:
            return f"keeps its data as {kind}, which may need all of its disks: see btrfs-device(8)"
    return None


def _unbootable(disk: DiskFact, given: DetachInput) -> Iterator[Problem]:
    """The host has to start from one of the others, under the firmware that it was started by."""
    if disk.id not in {one.disk for one in given.health.disks}:
        return
    firmware = given.facts.firmware.kind
    for other in given.health.disks:
        starts = any(v.firmware is firmware and not v.faults for v in other.verdicts)
        if other.disk != disk.id and starts:
            return
    message = f"no other disk than {disk.describe()} starts it under {firmware.upper()}"
    hint = "`bedplate doctor` says why; `bedplate esp sync` may mend it"
    yield Problem("not-bootable", "this host", message, hint)


def _steps(disk: DiskFact, held: tuple[Membership, ...], given: DetachInput) -> Iterator[DiskStep]:
    yield save_tables(given.facts)
    here = {esp.fat_id for esp in given.esps.esps if esp.disk == disk.id}
    staying = tuple(fat_id for fat_id in given.esps.listed_ids if fat_id not in here)
    if given.esps.listed is not None and staying != given.esps.listed_ids:
        yield from list_esps("unlist-esp", staying, "Take its ESP off the list")
    for one in held:
        yield _leave(one, disk)
    for part in disk.partitions:
        if part.swap:
            yield SwapOff(
                id=f"swap-off:{part.path}",
                phase=Phase.STORAGE,
                summary=f"Stop swapping to {part.path}",
                device=part.path,
            )
    yield know(
        tuple(one for one in given.known if one.id != disk.id),
        "Forget the disk as one of this host",
    )
    yield clear_disk(disk, given.facts, Phase.FINISH)


def _leave(one: Membership, disk: DiskFact) -> LeaveStep:
    store, member = one.store, one.member
    step = f"leave:{store.id}:{member.id}"
    summary = f"Have {store.name} do without {disk.path}"
    if store.kind == "zfs":
        return LeavePool(
            id=step,
            phase=Phase.STORAGE,
            summary=summary,
            pool=store.at,
            member=member.id,
            is_vdev=one.group.type == "disk",
        )
    assert member.path is not None, "it is on a disk that is there"
    if store.kind == "md":
        return LeaveArray(
            id=step,
            phase=Phase.STORAGE,
            summary=summary,
            array=store.at,
            path=member.path,
            wanted=len(one.group.members) - 1,
        )
    return LeaveBtrfs(
        id=step,
        phase=Phase.STORAGE,
        summary=summary,
        at=store.at,
        member=member.id,
        single=len(one.group.members) == 2,
    )


def _remarks(held: tuple[Membership, ...]) -> Iterator[str]:
    for one in held:
        if one.group.role in (Role.DATA, Role.SPECIAL) and len(one.group.members) == 2:
            yield f"{one.store.name} has no redundancy afterwards: the next error loses data."
