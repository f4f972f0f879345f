"""Which disk is replaced by which: found in the facts, or named, and refused when in doubt."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from bedplate.errors import Choice, Problem, RefusedError, UndecidedError
from bedplate.model.facts import DiskFact, Facts
from bedplate.model.known_disk import KnownDisk
from bedplate.model.store import StoreFact
from bedplate.plan.belongings import carries_data
from bedplate.plan.choose import untouchable
from bedplate.plan.compound import has_to_be_named, wholes_of
from bedplate.plan.criteria import names_of
from bedplate.plan.elsewhere import Elsewhere
from bedplate.plan.lost import LostDisk, Membership, grouped_by_disk, lost_disks, members_on
from bedplate.plan.refuse_used import refuse_used

_LOOK = "`bedplate disk list` shows every disk"
_ANOTHER = "choose another disk"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A disk, and everything that keeps it from taking another's place without a word."""

    disk: DiskFact
    obstacles: tuple[Problem, ...]
    has_data: bool


def understood(
    old: str | None, new: str | None, facts: Facts, stores: tuple[StoreFact, ...]
) -> tuple[str | None, str | None]:
    """The names of the old and of the new disk: one alone may be either.

    It means the new one if it is a disk that is there and holds no part of anything.
    """
    if old is None or new is not None:
        return old, new
    there = [disk for disk in facts.disks if old in names_of(disk)]
    is_new = bool(there) and not any(members_on(disk, stores) for disk in there)
    return (None, old) if is_new else (old, None)


def choose_old(
    name: str | None,
    facts: Facts,
    stores: tuple[StoreFact, ...],
    known: tuple[KnownDisk, ...],
) -> LostDisk:
    """The disk to be replaced: the one that is lost, or the one of that name.

    A disk that still works may be named. Raises `RefusedError` if there is none, `UndecidedError`
    if there is more than one.
    """
    lost = lost_disks(stores, facts.disks, known)
    if name is not None:
        return _named(name, lost, facts, stores, known)
    if not lost:
        message = "no pool, array or btrfs that is in use has lost a disk"
        hint = "to replace a disk that still works, name it: `bedplate disk replace OLD NEW`"
        raise RefusedError(Problem("nothing-to-replace", "this host", message, hint))
    if len(lost) > 1:
        message = f"has lost {len(lost)} disks: {'; '.join(disk.handle for disk in lost)}"
        hint = "replace one after the other: `bedplate disk replace OLD NEW`"
        problem = Problem("which-disk", "this host", message, hint)
        raise UndecidedError(problem, "old", [Choice(disk.handle, disk.title) for disk in lost])
    return lost[0]


def choose_new(
    name: str | None, old: LostDisk | None, facts: Facts, stores: tuple[StoreFact, ...]
) -> DiskFact:
    """The disk that is added, or takes the place of `old`: the only blank one, or the named one.

    Raises `RefusedError` with everything that speaks against it, `UndecidedError` if several would
    do, or one that is not taken without being asked for.
    """
    found = tuple(candidates(facts, stores, old))
    if name is not None:
        return _fit(name, found)
    free = [one.disk for one in found if not one.obstacles and not one.has_data]
    if len(free) == 1 and not has_to_be_named(free[0]):
        return free[0]
    if not free:
        message = "has no blank disk that nothing uses"
        hint = "put one in, or name a disk that may be wiped"
        raise RefusedError(Problem("no-candidate", "this host", message, f"{hint}; {_LOOK}"))
    message = f"has several blank disks: {', '.join(disk.describe() for disk in free)}"
    hint = "name the one to use"
    problem = Problem("which-candidate", "this host", message, hint)
    raise UndecidedError(problem, "new", [Choice(disk.id, disk.describe()) for disk in free])


def candidates(
    facts: Facts, stores: tuple[StoreFact, ...], old: LostDisk | None
) -> Iterator[Candidate]:
    """Every disk, and what keeps it from being taken.

    What is left on it of an earlier life is taken apart, as for an installation; what this host
    works with is not.
    """
    wholes = wholes_of(facts)
    for disk in facts.disks:
        obstacles = [*untouchable(disk, wholes)]
        if old is not None and old.disk is not None and disk.path == old.disk.path:
            message = f"{disk.describe()} is the disk that is to be replaced"
            obstacles.append(Problem("disk-is-old", disk.id, message, "name two disks"))
        elif uses := (*_stores_on(disk, stores, old), *_swaps_on(disk)):
            message = f"{disk.describe()} is in use: {'; '.join(uses)}"
            obstacles.append(Problem("disk-in-use", disk.id, message, _ANOTHER))
        else:
            found = refuse_used(Elsewhere(facts, (disk,)), unmount=False)
            obstacles += [replace(problem, hint=_ANOTHER) for problem in found]
        if disk.error is not None:
            message = f"{disk.describe()} cannot be read: {disk.error}"
            obstacles.append(Problem("disk-unreadable", disk.id, message, _ANOTHER))
        yield Candidate(disk, tuple(obstacles), carries_data(disk))


def _stores_on(
    disk: DiskFact, stores: tuple[StoreFact, ...], old: LostDisk | None
) -> Iterator[str]:
    """What has members on the disk, but for an array that is a leftover."""
    mine = {held.store.id for held in old.held} if old is not None else set()
    here = members_on(disk, stores)
    for store in {held.store.id: held.store for held in here}.values():
        # udev starts an array of an earlier life as soon as it sees a member.
        there = [member for _, member in store.members if member.path is not None]
        is_leftover = store.kind == "md" and len(there) == sum(h.store is store for h in here)
        if store.id in mine or not is_leftover:
            yield f"it holds a part of {store.name}"


def _swaps_on(disk: DiskFact) -> Iterator[str]:
    yield from (f"{thing.path} is used as swap" for thing in disk.things if thing.swap)


def _named(
    name: str,
    lost: tuple[LostDisk, ...],
    facts: Facts,
    stores: tuple[StoreFact, ...],
    known: tuple[KnownDisk, ...],
) -> LostDisk:
    """One that is lost, by whatever is known of it, or a disk that is there."""
    found = [disk for disk in lost if name in _names_of_lost(disk)]
    there = [disk for disk in facts.disks if name in names_of(disk)]
    for disk in there:
        held = members_on(disk, stores)
        found += [
            one
            for one in grouped_by_disk(held, facts.disks, known)
            if all(one.disk is None or other.disk is not one.disk for other in found)
        ]
    if len(found) == 1:
        return found[0]
    if found:
        message = f"{name!r} names {len(found)} disks"
        raise RefusedError(Problem("disk-ambiguous", name, message, "use a by-id name"))
    if there:
        message = f"{there[0].describe()} holds no part of any pool, array or btrfs in use"
        hint = "the disk to be replaced comes first, the new one second"
        raise RefusedError(Problem("not-a-member", name, message, hint))
    gone = "; ".join(disk.name or disk.title for disk in lost) or "none"
    message = f"names no disk of this machine, nor one that it lost ({gone})"
    raise RefusedError(Problem("disk-unmatched", name, message, _LOOK))


def _names_of_lost(lost: LostDisk) -> set[str]:
    names = {lost.name, *(word for held in lost.held for word in _words(held))}
    if lost.name is not None and "_" in lost.name:
        names.add(lost.name.rpartition("_")[2])  # the serial, as udev makes names of it
    if lost.disk is not None:
        names |= names_of(lost.disk)
    return {name for name in names if name}


def _words(held: Membership) -> Iterable[str | None]:
    """A guid of ZFS is a name too; the small numbers of the others mean nothing by themselves."""
    return (held.handle, held.member.path, held.member.id if held.store.kind == "zfs" else None)


def _fit(name: str, found: tuple[Candidate, ...]) -> DiskFact:
    meant = [one for one in found if name in names_of(one.disk)]
    if not meant:
        message = "names no disk of this machine"
        raise RefusedError(Problem("disk-unmatched", name, message, _LOOK))
    if len(meant) > 1:
        message = f"names {len(meant)} disks: {', '.join(one.disk.path for one in meant)}"
        raise RefusedError(Problem("disk-ambiguous", name, message, "use a by-id name"))
    if meant[0].obstacles:
        raise RefusedError(meant[0].obstacles)
    return meant[0].disk
