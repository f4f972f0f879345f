"""The disks of an installation, group by group: those of the data, those of a special device.

Disks of a group are chosen together, are of about one size and get the same partitions. Every disk
of every group gets the boot partitions, so that whichever are left can start the host.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import assert_never

from bedplate.errors import Problem
from bedplate.model.facts import DiskFact, Facts
from bedplate.model.layout import (
    BTRFS_REDUNDANT,
    BtrfsLayout,
    BtrfsProfile,
    DiskRule,
    Layout,
    LvmLayout,
    Raid,
    ZfsLayout,
)
from bedplate.model.plan import Role
from bedplate.model.request import (
    BtrfsOptions,
    DiskSelection,
    LvmOptions,
    Request,
    SpecialOptions,
    ZfsOptions,
)
from bedplate.plan.array import MINIMUM_MEMBERS
from bedplate.plan.btrfs import MINIMUM_DISKS as BTRFS_MINIMUM
from bedplate.plan.choose import Choice, choose_disks
from bedplate.plan.partitions import Use
from bedplate.plan.zfs import MINIMUM_DISKS as ZFS_MINIMUM
from bedplate.plan.zfs import mirror_pairs

DATA_KEY = "disk-setup"
SPECIAL_KEY = "disk-setup.special"


@dataclass(frozen=True, slots=True)
class Group:
    """Disks of one use: `what` they are for, in words, and the `raid` that is made of them.

    `key` is the table of the answer file that chooses them.
    """

    key: str
    what: str
    rule: DiskRule
    raid: Raid | BtrfsProfile | None
    selection: DiskSelection
    choice: Choice
    use: Use

    @property
    def disks(self) -> tuple[DiskFact, ...]:
        """The disks that were found, in order."""
        return self.choice.disks

    @property
    def spare_disks(self) -> int:
        """How many disks may die, whichever they are."""
        if isinstance(self.raid, BtrfsProfile):
            return 1 if self.raid in BTRFS_REDUNDANT else 0
        of_raid = {Raid.RAID1: len(self.disks) - 1, Raid.RAID10: 1}
        of_raid |= {Raid.RAIDZ1: 1, Raid.RAIDZ2: 2, Raid.RAIDZ3: 3}
        return of_raid.get(self.raid or Raid.RAID0, 0)

    @property
    def pairs(self) -> tuple[tuple[DiskFact, DiskFact], ...]:
        """Which disks have to be of one size: all like the first, or the two of each mirror."""
        if self.raid is Raid.RAID10:
            return mirror_pairs(self.disks)
        return tuple((self.disks[0], other) for other in self.disks[1:])


def plan_groups(request: Request, layout: Layout, facts: Facts) -> tuple[Group, ...]:
    """The groups of a layout, the data first, with the disks that a request means."""
    assert (layout.special is None) == (request.special is None), "the answer file is checked"
    data = Group(
        key=DATA_KEY,
        what=f"layout {layout.name}",
        rule=_data_rule(layout),
        raid=_data_raid(layout),
        selection=request.disks,
        choice=choose_disks(request.disks, facts, disk_maximum(layout)),
        use=_data_use(request, layout),
    )
    if layout.special is None or request.special is None:
        return (data,)
    special = Group(
        key=SPECIAL_KEY,
        what=f"special device of {layout.name}",
        rule=layout.special,
        raid=Raid.RAID1,
        selection=request.special.disks,
        choice=choose_disks(request.special.disks, facts, layout.special.maximum, SPECIAL_KEY),
        use=_special_use(request, request.special),
    )
    return data, special


def disk_maximum(layout: Layout) -> int | None:
    """How many disks the layout takes at most; LVM without an array has no redundancy, so one."""
    if isinstance(layout.storage, LvmLayout) and layout.storage.array is None:
        return 1
    return layout.disks.maximum


def disks_of(groups: tuple[Group, ...]) -> tuple[DiskFact, ...]:
    """The disks of all groups, each once."""
    return tuple({disk.path: disk for group in groups for disk in group.disks}.values())


def refuse_shared(groups: tuple[Group, ...]) -> Iterator[Problem]:
    """A disk that two groups mean."""
    users: dict[str, Group] = {}
    for group in groups:
        for disk in group.disks:
            first = users.setdefault(disk.path, group)
            if first is not group:
                yield Problem(
                    "disk-twice",
                    group.key,
                    f"means {disk.describe()}, which {first.key} means too",
                    "state something that tells them apart, such as a transport or a size",
                )


def _data_raid(layout: Layout) -> Raid | BtrfsProfile | None:
    match layout.storage:
        case ZfsLayout(raid=raid):
            return raid
        case BtrfsLayout(data=data):
            return data
        case LvmLayout():
            return None
        case other:
            assert_never(other)


def _data_rule(layout: Layout) -> DiskRule:
    minimum = layout.disks.minimum
    match layout.storage:
        case ZfsLayout(raid=raid):
            minimum = max(minimum, ZFS_MINIMUM[raid])
        case LvmLayout(array=array):
            minimum = minimum if array is None else max(minimum, MINIMUM_MEMBERS)
        case BtrfsLayout(data=data):
            minimum = max(minimum, BTRFS_MINIMUM[data])
        case other:
            assert_never(other)
    return layout.disks.model_copy(update={"minimum": minimum, "maximum": disk_maximum(layout)})


def _data_use(request: Request, layout: Layout) -> Use:
    options: LvmOptions | ZfsOptions | BtrfsOptions
    swap: dict[Role, int] = {}
    match layout.storage:
        case ZfsLayout():
            options = request.zfs
            if request.special is None:
                swap = _sized({Role.SWAP: options.swapsize_bytes})
        case LvmLayout():
            options = request.lvm
        case BtrfsLayout():
            options = request.btrfs
        case other:
            assert_never(other)
    return Use(
        main=Role.DATA,
        behind=swap,
        hdsize_bytes=options.hdsize_bytes,
        free_bytes=request.free_bytes,
        slack=request.slack,
    )


def _special_use(request: Request, special: SpecialOptions) -> Use:
    """Swap goes to the disks of the special device where there are such: they are the fast ones."""
    return Use(
        main=Role.SPECIAL,
        behind=_sized(
            {
                Role.LOG: special.logsize_bytes,
                Role.CACHE: special.cachesize_bytes,
                Role.SWAP: request.zfs.swapsize_bytes,
            }
        ),
        hdsize_bytes=special.hdsize_bytes,
        free_bytes=request.free_bytes,
        slack=request.slack,
    )


def _sized(sizes: dict[Role, int]) -> dict[Role, int]:
    return {role: size for role, size in sizes.items() if size}
