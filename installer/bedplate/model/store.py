"""What keeps data on several devices: a ZFS pool, an md array, a btrfs; and how its members are.

A *store* is any of the three. Its members stand in *groups* that hold the same data: a vdev of a
pool, the whole of an array or of a btrfs.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Literal

from bedplate.model.plan import Role
from bedplate.model.value import Value


class MemberState(StrEnum):
    """How a member is. One that is `joining` is being given its data, and cannot be relied on yet.

    `failed` is there and not used, or not to be trusted; `missing` cannot be found at all.
    """

    WELL = "well"
    JOINING = "joining"
    FAILED = "failed"
    MISSING = "missing"


_LOST = frozenset({MemberState.FAILED, MemberState.MISSING})


class MemberFact(Value):
    """A device that a store has, or had.

    `id` is what the store's own commands know it by, wherever it is: the guid of a pool's, the
    number of a btrfs's, the slot of an array's. `path` is where it is, or was last, if that is
    known. `successor` is what is taking its place already.
    """

    id: str
    path: str | None = None
    state: MemberState
    successor: MemberFact | None = None

    @property
    def is_lost(self) -> bool:
        """Whether something has to take its place, and nothing does yet."""
        replaced = self.successor is not None and not self.successor.is_lost
        return self.state in _LOST and not replaced


class MemberGroup(Value):
    """Members that hold the same data. `type` is the store's own word: `mirror-0`, `raid1`.

    `needed_bytes` is the least that one must have, `ashift` the power of two of a pool's sectors,
    where they are known.
    """

    type: str
    role: Role = Role.DATA
    members: tuple[MemberFact, ...]
    needed_bytes: int | None = None
    ashift: int | None = None


class StoreFact(Value):
    """A store that is in use. `id` is its guid or UUID, `name` what people know it by.

    `at` is where it can be asked: the name of a pool, the node of an array, a mount point of a
    btrfs. While data is given to a member, `done` is how much of it, between 0 and 1. `errors` are
    those of data that nothing could mend.
    """

    kind: Literal["zfs", "md", "btrfs"]
    id: str
    name: str
    at: str
    groups: tuple[MemberGroup, ...] = ()
    done: float | None = None
    errors: int = 0

    @property
    def members(self) -> Iterator[tuple[MemberGroup, MemberFact]]:
        """Every member with its group; successors are with what they replace."""
        return ((group, member) for group in self.groups for member in group.members)

    @property
    def is_joining(self) -> bool:
        """Whether data is being written to a member that did not have it."""
        return any(
            MemberState.JOINING in (member.state, member.successor and member.successor.state)
            for _, member in self.members
        )
