"""What is to be done so that a new disk takes the place of one that failed, as one value.

It is made by role: the new disk gets what its siblings have, each part in its own place and size.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from bedplate.model.facts import DiskFact
from bedplate.model.host_change import HostChange
from bedplate.model.plan import DiskPlan, PartitionPlan
from bedplate.model.step import (
    ClearDisk,
    FormatEsp,
    FormatSwap,
    PartitionDisk,
    ReleaseStep,
    WorkStep,
)
from bedplate.model.value import Value


class SaveTables(WorkStep):
    """Keep the partition tables of the disks that stay, in a folder of the host."""

    kind: Literal["save-tables"] = "save-tables"
    disks: tuple[str, ...]


class ChangeHost(WorkStep):
    """Write files of the host."""

    kind: Literal["change-host"] = "change-host"
    change: HostChange


class SyncEsps(WorkStep):
    """Bring every listed ESP in sync, as `bedplate esp sync` does."""

    kind: Literal["sync-esps"] = "sync-esps"


class JoinPool(WorkStep):
    """Have a partition take the place of a member of a pool, known by its guid. zpool-replace(8).

    What did not get to its end on an earlier disk, `given_up`, is let go of first.
    """

    kind: Literal["join-pool"] = "join-pool"
    pool: str
    old: str
    partition_guid: str
    given_up: str | None = None


class JoinCache(WorkStep):
    """Have a partition take the place of a device of a pool's cache, which holds no data."""

    kind: Literal["join-cache"] = "join-cache"
    pool: str
    old: str
    partition_guid: str


class JoinArray(WorkStep):
    """Add a partition to an md array that has lost a member. mdadm(8).

    `failed` is the node of the member that goes, where there still is one; while it `works`, it is
    copied from, and goes when that is done.
    """

    kind: Literal["join-array"] = "join-array"
    array: str
    failed: str | None = None
    works: bool = False
    partition_guid: str


class JoinBtrfs(WorkStep):
    """Have a partition take the place of a device of a btrfs, known by its number.

    btrfs-replace(8).
    """

    kind: Literal["join-btrfs"] = "join-btrfs"
    at: str
    old: str
    partition_guid: str


class AwaitMembers(WorkStep):
    """Wait until a store has given these partitions all their data, and nothing went wrong."""

    kind: Literal["await-members"] = "await-members"
    store: str
    partition_guids: tuple[str, ...]


class SpreadBtrfs(WorkStep):
    """Make a second copy of what a btrfs wrote while it had a device less. btrfs-balance(8)."""

    kind: Literal["spread-btrfs"] = "spread-btrfs"
    at: str
    data: str
    metadata: str


JoinStep = JoinPool | JoinCache | JoinArray | JoinBtrfs

DiskStep = Annotated[
    SaveTables
    | ReleaseStep
    | ClearDisk
    | PartitionDisk
    | FormatEsp
    | FormatSwap
    | ChangeHost
    | SyncEsps
    | JoinPool
    | JoinCache
    | JoinArray
    | JoinBtrfs
    | AwaitMembers
    | SpreadBtrfs,
    Field(discriminator="kind"),
]


class DiskChange(Value):
    """A failed disk, `old` in words for people, and the disk that takes its place.

    `made_for` is the new disk as it was found, `stays` are the disks, in words, that nothing is
    done to.
    """

    version: Literal[1] = 1
    old: str
    made_for: tuple[DiskFact, ...]
    disks: tuple[DiskPlan, ...]
    stays: tuple[str, ...]
    steps: tuple[DiskStep, ...]
    warnings: tuple[str, ...] = ()

    @property
    def found(self) -> DiskFact:
        """The new disk as it was found."""
        return self.made_for[0]

    @property
    def disk(self) -> DiskPlan:
        """The new disk as it is to be."""
        return self.disks[0]

    def partition(self, guid: str) -> PartitionPlan:
        """A partition that is to be; `StopIteration` would be a bug in the planner."""
        return next(part for part in self.disk.partitions if part.guid == guid)
