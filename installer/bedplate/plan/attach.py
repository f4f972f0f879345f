"""The planner of `bedplate disk attach`: a new disk holds the same as one that the host has."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bedplate.errors import Choice, Problem, RefusedError, UndecidedError
from bedplate.model.disk_change import (
    Action,
    AddBtrfs,
    AttachArray,
    AttachPool,
    AttachStep,
    ChangeHost,
    DiskChange,
    DiskStep,
    RebuildInitramfs,
    SpreadBtrfs,
)
from bedplate.model.esp import EspFacts
from bedplate.model.facts import DiskFact, Facts
from bedplate.model.host_change import HostChange, HostFile
from bedplate.model.known_disk import KnownDisk
from bedplate.model.plan import DiskPlan, PartitionPlan, Role
from bedplate.model.root_grub import RootGrub
from bedplate.model.smart import SmartFact
from bedplate.model.step import Phase
from bedplate.model.store import MemberState, StoreFact
from bedplate.plan.criteria import names_of
from bedplate.plan.disk_health import refuse_failing, warn_of
from bedplate.plan.esp_sync import SyncInput
from bedplate.plan.ids import Ids
from bedplate.plan.lost import Membership, members_on
from bedplate.plan.mirror_group import GroupInput, LoneGroup, lone_group, plan_group_mirror
from bedplate.plan.new_disk import NewDisk, await_members, list_esps, prepare, remember
from bedplate.plan.new_disk_start import Starting
from bedplate.plan.replace_choice import choose_new
from bedplate.plan.replace_table import bios_boot_number, parts_of, plan_table
from bedplate.render import btrfs_boot

_SINGLE = frozenset({"single", "raid1", "raid1c3", "raid1c4"})


@dataclass(frozen=True, slots=True)
class AttachInput:
    """All that it follows from. `new` and `beside` are what the operator named.

    `smart` is what disks say of themselves, as far as they were asked. `fstab`, `mdadm_conf` and
    `btrfs_script` are the texts of those files, the latter the initramfs's. `sync` is what a sync
    of the ESPs would follow from, on a host whose volume group is to be mirrored and whose ESPs
    nobody has kept in sync so far. `grub` and `install_devices` are for `new_disk_start.Starting`.
    """

    facts: Facts
    stores: tuple[StoreFact, ...]
    esps: EspFacts
    known: tuple[KnownDisk, ...] = ()
    smart: tuple[SmartFact, ...] = ()
    fstab: str = ""
    mdadm_conf: str = ""
    btrfs_script: str = ""
    grub: RootGrub | None = None
    install_devices: tuple[str, ...] = ()
    sync: SyncInput | None = None
    new: str | None = None
    beside: str | None = None


def plan_attachment(given: AttachInput, ids: Ids) -> DiskChange:
    """Everything that is done to have a new disk hold what another one does.

    Raises `RefusedError` with the reasons why it cannot be, `UndecidedError` if it is not clear
    which disk is meant.
    """
    beside = _beside(given)
    held = members_on(beside, given.stores)
    new = choose_new(given.new, None, given.facts, given.stores)
    if not held and (lone := lone_group(beside, given.facts)) is not None:
        return plan_group_mirror(_of_group(given, lone, new), ids)
    least = {h.group.role: h.group.needed_bytes for h in held if h.group.needed_bytes is not None}
    parts, _ = parts_of(beside, given.stores, least)
    starting = Starting(
        given.facts, given.stores, given.esps, beside, given.grub, given.install_devices
    )
    table = plan_table(new, parts, ids, bios_boot_number(beside))
    problems = list(dict.fromkeys(_unfit(beside, new, held)))
    problems += refuse_failing(new, given.smart)
    problems += starting.problems(new, table if isinstance(table, DiskPlan) else None)
    if isinstance(table, Problem):
        problems.append(table)
    if problems or isinstance(table, Problem):
        raise RefusedError(problems)
    joins = NewDisk(given.facts, given.esps, given.known, given.fstab, new, table, ids)
    return DiskChange(
        action=Action.ATTACH,
        made_for=(new,),
        disks=(table,),
        stays=(beside.describe(),),
        steps=tuple(_steps(given, joins, held, starting)),
        warnings=(
            *starting.remarks(dict.fromkeys(h.store.name for h in held)),
            *_remarks(held),
            *warn_of((new, beside), given.smart),
        ),
    )


def _of_group(given: AttachInput, lone: LoneGroup, new: DiskFact) -> GroupInput:
    return GroupInput(
        lone=lone,
        new=new,
        facts=given.facts,
        stores=given.stores,
        esps=given.esps,
        known=given.known,
        smart=given.smart,
        fstab=given.fstab,
        mdadm_conf=given.mdadm_conf,
        sync=given.sync,
    )


def _beside(given: AttachInput) -> DiskFact:
    """The disk whose like is wanted: the one of that name, or the boot disk."""
    with_data = [
        disk
        for disk in given.facts.disks
        if members_on(disk, given.stores) or lone_group(disk, given.facts) is not None
    ]
    if given.beside is not None:
        named = [disk for disk in given.facts.disks if given.beside in names_of(disk)]
        if not named:
            message = "names no disk of this machine"
            hint = "`bedplate disk list` shows every disk"
            raise RefusedError(Problem("disk-unmatched", given.beside, message, hint))
        if named[0] not in with_data:
            raise RefusedError(_no_store(named[0]))
        return named[0]
    boot = _boot_disks(given)
    found = [disk for disk in with_data if disk.id in boot or not boot]
    alike = {tuple(_groups(members_on(disk, given.stores))): disk for disk in reversed(found)}
    if len(alike) == 1:
        return found[0]
    if not alike:
        there = [disk for disk in given.facts.disks if disk.id in boot]
        raise RefusedError([_no_store(disk) for disk in there] or _nothing())
    message = f"has boot disks that hold different things: {', '.join(d.id for d in found)}"
    hint = "say which one the new disk is to be like: `bedplate disk attach NEW --beside DISK`"
    choices = [Choice(disk.id, disk.describe()) for disk in reversed(alike.values())]
    raise UndecidedError(Problem("which-disk", "this host", message, hint), "beside", choices)


def _boot_disks(given: AttachInput) -> set[str]:
    """The disks with an ESP of the host."""
    listed = given.esps.listed_ids
    return {
        esp.disk for esp in given.esps.esps if esp.fat_id in listed or given.esps.listed is None
    }


def _groups(held: tuple[Membership, ...]) -> Iterator[tuple[str, int]]:
    for one in held:
        yield one.store.id, one.store.groups.index(one.group)


def _no_store(disk: DiskFact) -> Problem:
    message = (
        f"{disk.describe()} holds no pool, array, btrfs or volume group that could be mirrored"
    )
    hint = "a volume group has to be on a partition of it, and nothing between them"
    return Problem("nothing-to-mirror", disk.id, message, hint)


def _nothing() -> Problem:
    message = "has no disk with a pool, array, btrfs or volume group in use"
    return Problem(
        "nothing-to-mirror", "this host", message, "`bedplate disk list` shows every disk"
    )


def _unfit(beside: DiskFact, new: DiskFact, held: tuple[Membership, ...]) -> Iterator[Problem]:
    hint = "see `bedplate disk list`"
    for one in held:
        kind = one.group.type
        if any(member.state is not MemberState.WELL for _, member in one.store.members):
            message = "has lost a member, or is giving one its data: that comes first"
            yield Problem("store-not-well", one.store.name, message, "`bedplate disk replace`")
        elif one.store.kind == "zfs" and kind != "disk" and not kind.startswith("mirror"):
            message = f"is a {kind.partition('-')[0]}, which has its redundancy from the beginning"
            yield Problem("no-mirror", one.store.name, message, hint)
        elif one.store.kind == "btrfs" and _profile(one) not in _SINGLE | {"raid10"}:
            message = f"keeps its data as {kind}: make it raid1 first"
            yield Problem("no-mirror", one.store.name, message, "see btrfs-balance(8)")
        elif one.store.kind == "btrfs" and kind == "single" and len(one.group.members) > 1:
            message = "spreads its data over several devices without copies: make it raid1 first"
            yield Problem("no-mirror", one.store.name, message, "see btrfs-balance(8)")
        elif one.store.kind == "md" and kind != "raid1":
            message = f"is a {kind} array, which cannot be mirrored"
            yield Problem("no-mirror", one.store.name, message, hint)
        elif one.store.kind == "md" and new.sector_size > beside.sector_size:
            message = (
                f"{new.describe()} has sectors of {new.sector_size} bytes, and what is on "
                f"{one.store.name} was made for sectors of {beside.sector_size}"
            )
            yield Problem("sector-size", new.id, message, "take a disk with the same sectors")


def _steps(
    given: AttachInput, new: NewDisk, held: tuple[Membership, ...], starting: Starting
) -> Iterator[DiskStep]:
    yield from prepare(new)
    if any(one.store.kind == "btrfs" and one.store.at == "/" for one in held):
        yield from _start_degraded(given.btrfs_script)
    if given.esps.listed is not None and new.fat_id is not None:
        listed = (*given.esps.listed_ids, new.fat_id)
        yield from list_esps("list-esp", listed, "List the new ESP")
    free = list(new.table.partitions)
    joining: dict[str, list[str]] = {}
    for one in held:
        part = next((part for part in free if part.role is one.group.role), None)
        if part is not None and one.group.role is not Role.CACHE:
            free.remove(part)
            joining.setdefault(one.store.id, []).append(part.guid)
            yield _attach(one, part, new)
    yield from await_members({o.store.id: o.store for o in held}, joining, new.disk.path)
    yield from _copies(held)
    yield from starting.steps(new.table)
    yield remember(new)


def _start_degraded(script: str) -> Iterator[DiskStep]:
    """What a host with one btrfs device has no use for: starting without one of two."""
    wanted = btrfs_boot.render_script()
    if script != wanted:
        summary = "Have the initramfs start a btrfs root that lacks a disk"
        file = HostFile(path=btrfs_boot.SCRIPT_PATH, content=wanted, is_program=True)
        change = HostChange(summary=summary, files=(file,))
        yield ChangeHost(id="start-degraded", phase=Phase.BOOT, summary=summary, change=change)
        yield RebuildInitramfs(
            id="rebuild-initramfs",
            phase=Phase.BOOT,
            summary="Make the initramfs of every kernel anew",
        )


def _attach(one: Membership, part: PartitionPlan, new: NewDisk) -> AttachStep:
    store = one.store
    step = f"attach:{store.id}:{part.guid}"
    summary = f"Have partition {part.number} of {new.disk.path} join {store.name}"
    if store.kind == "zfs":
        return AttachPool(
            id=step,
            phase=Phase.STORAGE,
            summary=summary,
            pool=store.at,
            beside=one.member.id,
            partition_guid=part.guid,
        )
    if store.kind == "md":
        return AttachArray(
            id=step,
            phase=Phase.STORAGE,
            summary=summary,
            array=store.at,
            wanted=len(one.group.members) + 1,
            partition_guid=part.guid,
        )
    return AddBtrfs(
        id=step,
        phase=Phase.STORAGE,
        summary=summary,
        at=store.at,
        partition_guid=part.guid,
    )


def _copies(held: tuple[Membership, ...]) -> Iterator[SpreadBtrfs]:
    for one in held:
        if one.store.kind == "btrfs":
            profile = "raid1" if _profile(one) == "single" else _profile(one)
            yield SpreadBtrfs(
                id=f"spread:{one.store.id}",
                phase=Phase.FINISH,
                summary=f"Keep the data of {one.store.name} as {profile}",
                at=one.store.at,
                data=profile,
                metadata=profile,
            )


def _profile(one: Membership) -> str:
    return one.group.type.split(" ")[0]


def _remarks(held: tuple[Membership, ...]) -> Iterator[str]:
    for one in held:
        if one.group.role is Role.CACHE:
            yield f"The cache of {one.store.name} stays on one disk: it holds no data of its own."
    mirrored = [one.group for one in held]
    for store in {one.store.id: one.store for one in held if one.store.kind == "zfs"}.values():
        vdevs = [group for group in store.groups if group.role in (Role.DATA, Role.SPECIAL)]
        alone = [group for group in vdevs if group.type == "disk" and group not in mirrored]
        if alone:
            yield (
                f"{store.name} is spread over {len(vdevs)} vdevs, and {len(alone)} of them still "
                "have no mirror: losing one of those disks loses everything."
            )
