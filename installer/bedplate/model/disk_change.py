"""What is to be done to the disks of a host that runs, as one value.

A new disk takes the place of one that failed, or joins those that are there; one leaves; or what
they hold grows to their size. A new disk gets what its siblings have, by role.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from bedplate.model.facts import DiskFact
from bedplate.model.host_change import HostChange
from bedplate.model.plan import Array, DiskPlan, PartitionPlan
from bedplate.model.step import (
    ClearDisk,
    FormatEsp,
    FormatSwap,
    InstallBiosGrub,
    PartitionDisk,
    ReleaseStep,
    WorkStep,
)
from bedplate.model.storage_step import StorageStep
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


class AttachPool(WorkStep):
    """Have a partition hold the same as a member of a pool, known by its guid. zpool-attach(8)."""

    kind: Literal["attach-pool"] = "attach-pool"
    pool: str
    beside: str
    partition_guid: str


class AttachArray(WorkStep):
    """Make a mirror one member larger. mdadm(8)."""

    kind: Literal["attach-array"] = "attach-array"
    array: str
    wanted: int
    partition_guid: str


class UnmountEsp(WorkStep):
    """Unmount an ESP for everybody, wherever it is mounted."""

    kind: Literal["unmount-esp"] = "unmount-esp"
    mounts: tuple[str, ...]


class MakeArray(WorkStep):
    """Make an md mirror of one member, this partition, that others are to join. mdadm(8)."""

    kind: Literal["make-array"] = "make-array"
    array: Array
    partition_guid: str


class ExtendGroup(WorkStep):
    """Give a volume group an array as another PV. vgextend(8)."""

    kind: Literal["extend-group"] = "extend-group"
    vg: str
    array: str


class MoveVolumes(WorkStep):
    """Move everything that is on a partition of a volume group to an array, in use. pvmove(8)."""

    kind: Literal["move-volumes"] = "move-volumes"
    vg: str
    array: str
    partition_guid: str


class ReduceGroup(WorkStep):
    """Take a partition that holds nothing any more out of its volume group. vgreduce(8)."""

    kind: Literal["reduce-group"] = "reduce-group"
    vg: str
    partition_guid: str


class AddBtrfs(WorkStep):
    """Give a btrfs another device. btrfs-device(8)."""

    kind: Literal["add-btrfs"] = "add-btrfs"
    at: str
    partition_guid: str


class RebuildInitramfs(WorkStep):
    """Make the initramfs of every kernel anew. update-initramfs(8)."""

    kind: Literal["rebuild-initramfs"] = "rebuild-initramfs"


class MatchBiosGrub(WorkStep):
    """Install GRUB for BIOS on disks where it is not the one of /boot/grub (any more)."""

    kind: Literal["match-bios-grub"] = "match-bios-grub"
    disks: tuple[str, ...]


class SetInstallDevices(WorkStep):
    """Tell Debian's grub-pc the disks that its upgrades install GRUB on. debconf(7)."""

    kind: Literal["set-install-devices"] = "set-install-devices"
    devices: tuple[str, ...]


class LeavePool(WorkStep):
    """Take a member out of a pool that holds its data elsewhere. zpool-detach(8), zpool-remove(8).

    What is a vdev of its own, a log or a cache, `is_vdev`.
    """

    kind: Literal["leave-pool"] = "leave-pool"
    pool: str
    member: str
    is_vdev: bool


class LeaveArray(WorkStep):
    """Take a member out of a mirror, which then wants one less. mdadm(8)."""

    kind: Literal["leave-array"] = "leave-array"
    array: str
    path: str
    wanted: int


class LeaveBtrfs(WorkStep):
    """Take a device out of a btrfs, its data moved to the others. btrfs-device(8).

    `single` gives up second copies first, where only one device is left.
    """

    kind: Literal["leave-btrfs"] = "leave-btrfs"
    at: str
    member: str
    single: bool


class GrowPartition(WorkStep):
    """Make a partition larger, its beginning and its data where they are."""

    kind: Literal["grow-partition"] = "grow-partition"
    disk: str
    number: int
    size_bytes: int
    sector_size: int


class GrowPool(WorkStep):
    """Have a pool use all of these members, known by their guids. zpool-online(8)."""

    kind: Literal["grow-pool"] = "grow-pool"
    pool: str
    members: tuple[str, ...]


class GrowArray(WorkStep):
    """Have an array use all of its members, and a volume group on it, if any, all of the array."""

    kind: Literal["grow-array"] = "grow-array"
    array: str
    has_pv: bool


class GrowBtrfs(WorkStep):
    """Have a btrfs use all of these devices, known by their numbers. btrfs-filesystem(8)."""

    kind: Literal["grow-btrfs"] = "grow-btrfs"
    at: str
    members: tuple[str, ...]


JoinStep = JoinPool | JoinCache | JoinArray | JoinBtrfs
AttachStep = AttachPool | AttachArray | AddBtrfs
LeaveStep = LeavePool | LeaveArray | LeaveBtrfs
GrowStep = GrowPool | GrowArray | GrowBtrfs
GroupStep = MakeArray | ExtendGroup | MoveVolumes | ReduceGroup

DiskStep = Annotated[
    SaveTables
    | ReleaseStep
    | ClearDisk
    | PartitionDisk
    | FormatEsp
    | FormatSwap
    | ChangeHost
    | RebuildInitramfs
    | InstallBiosGrub
    | MatchBiosGrub
    | SetInstallDevices
    | UnmountEsp
    | SyncEsps
    | JoinStep
    | AttachStep
    | GroupStep
    | LeaveStep
    | GrowPartition
    | GrowStep
    | StorageStep
    | AwaitMembers
    | SpreadBtrfs,
    Field(discriminator="kind"),
]


class Action(StrEnum):
    """What happens: a disk takes another's place, joins, leaves, or all are used to their end.

    Or storage for guests is made, made larger, or given more disks.
    """

    REPLACE = "replace"
    ATTACH = "attach"
    DETACH = "detach"
    EXPAND = "expand"
    CREATE = "create"
    GROW = "grow"
    ADD = "add"

    @property
    def command(self) -> str:
        """What is said to `bedplate` for it."""
        noun = "storage" if self in (Action.CREATE, Action.GROW, Action.ADD) else "disk"
        return f"{noun} {self.value}"


class DiskChange(Value):
    """What is done to which disks.

    `made_for` are the disks that are written to, as they were found, `disks` the tables that they
    get, or have and keep: one disk of each, the new one first, where one is replaced or attached.
    `old` is the disk that goes, in words for people, `old_health` what it says of itself, `stays`
    are those whose data stays; they get GRUB anew at most.
    """

    version: Literal[1] = 1
    action: Action
    old: str | None = None
    old_health: str | None = None
    made_for: tuple[DiskFact, ...]
    disks: tuple[DiskPlan, ...] = ()
    stays: tuple[str, ...] = ()
    steps: tuple[DiskStep, ...]
    warnings: tuple[str, ...] = ()

    @property
    def cleared(self) -> tuple[str, ...]:
        """The ids of the disks of which everything goes."""
        return tuple(step.disk for step in self.steps if isinstance(step, ClearDisk))

    def found(self, disk: str) -> DiskFact:
        """A disk of this id as it was found; `StopIteration` would be a bug in the planner."""
        return next(one for one in self.made_for if one.id == disk)

    def table(self, disk: str) -> DiskPlan:
        """The table that a disk of this id gets; `StopIteration` would be a planner's bug."""
        return next(one for one in self.disks if one.id == disk)

    def partition(self, guid: str) -> tuple[DiskPlan, PartitionPlan]:
        """A partition that is to be, and its disk; `StopIteration` would be a planner's bug."""
        return next(
            (disk, part) for disk in self.disks for part in disk.partitions if part.guid == guid
        )
