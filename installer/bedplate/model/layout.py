"""A layout: what is built on the chosen disks, as one TOML file in `layouts/` states it."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from bedplate.model.value import Value

# What ZFS takes for a part of a name; it ends up in units and commands. zfs(8)
_COMPONENT = "[A-Za-z0-9][A-Za-z0-9_.:-]*"


class Raid(StrEnum):
    """How the data members of a pool belong together; the words of the answer file."""

    RAID0 = "raid0"
    RAID1 = "raid1"
    RAID10 = "raid10"
    RAIDZ1 = "raidz-1"
    RAIDZ2 = "raidz-2"
    RAIDZ3 = "raidz-3"


class BtrfsProfile(StrEnum):
    """How btrfs spreads or repeats blocks over its devices; mkfs.btrfs's words."""

    SINGLE = "single"
    DUP = "dup"
    RAID0 = "raid0"
    RAID1 = "raid1"
    RAID10 = "raid10"


# With these, what is on any one disk is on another as well.
BTRFS_REDUNDANT = frozenset({BtrfsProfile.RAID1, BtrfsProfile.RAID10})


class DiskRule(Value):
    """How many disks a layout takes, and how unequal they may be (percent of the first)."""

    minimum: int = Field(ge=1)
    maximum: int | None = None
    tolerance_percent: int | None = Field(default=None, ge=0, le=100)


class SpecialRule(DiskRule):
    """The same for the disks of a special device, which is a mirror."""

    minimum: int = Field(ge=2)


class DatasetLayout(Value):
    """A dataset below the pool; `name` is relative to it (`ROOT/pve-1`)."""

    name: str = Field(pattern=rf"^{_COMPONENT}(/{_COMPONENT})*$")
    properties: dict[str, str] = Field(default_factory=dict)


class ZfsLayout(Value):
    """A ZFS pool that holds everything, the root file system in `root` included.

    With `special`, the pool has a mirrored special device on disks of its own; the rule is theirs.
    """

    kind: Literal["zfs"]
    pool: str
    raid: Raid
    root: str
    properties: dict[str, str] = Field(default_factory=dict)
    datasets: tuple[DatasetLayout, ...]
    special: SpecialRule | None = None

    def holds_root(self, dataset: str) -> bool:
        """Whether the root file system is that dataset, or lies in it."""
        return f"{self.root}/".startswith(f"{dataset}/")


class LvmLayout(Value):
    """A volume group with a root, a swap and a thin pool volume.

    With `array`, the name of an md RAID1 over all disks, it is on that; without, on one disk. Such
    a name has at most 32 characters (md(4)); one of digits would be the number of a device.
    """

    kind: Literal["lvm"]
    vg: str
    filesystem: Literal["ext4", "xfs"]
    array: str | None = Field(default=None, pattern=r"^[a-z][a-z0-9_-]{0,31}$")


class BtrfsLayout(Value):
    """A btrfs over all disks, with the root at its top; `subvolumes` are paths below that."""

    kind: Literal["btrfs"]
    data: BtrfsProfile
    subvolumes: tuple[str, ...] = ()


StorageLayout: TypeAlias = ZfsLayout | LvmLayout | BtrfsLayout


class Layout(Value):
    """One way to lay a host out on disks."""

    name: str
    summary: str
    disks: DiskRule
    storage: Annotated[StorageLayout, Field(discriminator="kind")]

    @property
    def special(self) -> DiskRule | None:
        """The rule for the disks of a special device, if the layout has one."""
        return self.storage.special if isinstance(self.storage, ZfsLayout) else None

    @property
    def fewest_disks(self) -> int:
        """How many disks it takes at least, those of a special device included."""
        return self.disks.minimum + (0 if self.special is None else self.special.minimum)
