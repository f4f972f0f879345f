"""Which disk a host has lost, from what its stores say of their members.

ZFS remembers where a member was, by its by-id name. md and btrfs do not: of their missing members
is known, at most, which disk of the installation is not there any more.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from bedplate.model.facts import DiskFact
from bedplate.model.known_disk import KnownDisk
from bedplate.model.store import MemberFact, MemberGroup, MemberState, StoreFact
from bedplate.plan.belongings import device_names

_BY_ID = re.compile(r"/dev/disk/by-id/(?P<disk>.+?)(?:-part\d+)?$")


@dataclass(frozen=True, slots=True)
class Membership:
    """A member, and the group and store that it is in."""

    store: StoreFact
    group: MemberGroup
    member: MemberFact

    @property
    def handle(self) -> str:
        """A name for a member that nothing else is known of: `rpool:4711`, `/dev/md/pve:1`."""
        return f"{self.store.name}:{self.member.id}"


@dataclass(frozen=True, slots=True)
class LostDisk:
    """A disk that something has to take the place of: what it held, and which one it was.

    `disk` is the disk itself, where it is still there. `name` is its by-id name, if that is known,
    `title` model and serial in words, `place` where in the machine it is, or was at first.
    """

    held: tuple[Membership, ...]
    name: str | None = None
    disk: DiskFact | None = None
    title: str = "a disk that is not known"
    place: str | None = None

    @property
    def handle(self) -> str:
        """A name that means this one alone, whatever is known of it."""
        return self.name or self.held[0].handle


def lost_disks(
    stores: Iterable[StoreFact], disks: tuple[DiskFact, ...], known: tuple[KnownDisk, ...] = ()
) -> tuple[LostDisk, ...]:
    """The disks that members were lost with, in the order in which the stores name them.

    `known` are the boot disks that the host was given, some of which are gone.
    """
    lost = [held for held in memberships(stores) if held.member.is_lost]
    return tuple(grouped_by_disk(lost, disks, known))


def memberships(stores: Iterable[StoreFact]) -> Iterator[Membership]:
    """Every member of every store."""
    for store in stores:
        for group, member in store.members:
            yield Membership(store, group, member)


def members_on(disk: DiskFact, stores: Iterable[StoreFact]) -> tuple[Membership, ...]:
    """The members that are on a disk which is there."""
    names = device_names(disk)
    return tuple(held for held in memberships(stores) if _is_at(held.member, names))


def grouped_by_disk(
    members: Iterable[Membership], disks: tuple[DiskFact, ...], known: tuple[KnownDisk, ...]
) -> Iterator[LostDisk]:
    """The members, put together with those that were on the same disk."""
    gone = _gone(disks, known)
    found: dict[str, LostDisk] = {}
    for held in members:
        # Only what the host's own disks hold can have been on one of them.
        ours = gone if _is_on(held.store, disks, known) else ()
        known_as = _disk_of(held.member, disks, ours)
        # Members of unknown disks are on one each: that two of a group share one, nobody would do.
        key = known_as.name or f"{held.store.id} {held.member.id}"
        before = found[key].held if key in found else ()
        found[key] = replace(known_as, held=(*before, held))
    yield from found.values()


def _disk_of(
    member: MemberFact, disks: tuple[DiskFact, ...], gone: tuple[KnownDisk, ...]
) -> LostDisk:
    """The disk that a member is, or was on, as far as that is known."""
    for disk in disks:
        if _is_at(member, device_names(disk)):
            return LostDisk((), disk.id, disk, disk.describe(), disk.place)
    name = None
    if member.path is not None and (match := _BY_ID.match(member.path)):
        name = match["disk"]
    elif len(gone) == 1:
        name = gone[0].id
    for known in gone:
        if known.id == name:
            return LostDisk((), name, None, known.title, known.place)
    return LostDisk((), name, title=name or LostDisk(()).title)


def _is_on(store: StoreFact, disks: tuple[DiskFact, ...], known: tuple[KnownDisk, ...]) -> bool:
    """Whether a store has a member on one of the boot disks that the host was given."""
    ids = {disk.id for disk in known}
    return any(
        _is_at(member, device_names(disk))
        for disk in disks
        if ids & {disk.id, *disk.by_id}
        for _, member in store.members
    )


def _is_at(member: MemberFact, names: frozenset[str]) -> bool:
    """Whether a member is a device of these names. Where a missing one was, another may be now."""
    if member.path is None or member.path not in names:
        return False
    return member.state is not MemberState.MISSING or member.path.startswith("/dev/disk/by-")


def _gone(disks: tuple[DiskFact, ...], known: tuple[KnownDisk, ...]) -> tuple[KnownDisk, ...]:
    """The disks that the host was given and that are not there any more."""
    there = {name for disk in disks for name in (disk.id, *disk.by_id)}
    return tuple(disk for disk in known if disk.id not in there)
