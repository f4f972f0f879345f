"""What is done to make storage for guests on a host that runs, as data.

Partitions go by their GUIDs, everything else by the names that LVM and ZFS know.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from bedplate.model.plan import Vdev
from bedplate.model.step import WorkStep


class MakeGroup(WorkStep):
    """Make a volume group on partitions. vgcreate(8)."""

    kind: Literal["make-group"] = "make-group"
    vg: str
    partition_guids: tuple[str, ...]


class WidenGroup(WorkStep):
    """Give a volume group partitions more. vgextend(8)."""

    kind: Literal["widen-group"] = "widen-group"
    vg: str
    partition_guids: tuple[str, ...]


class MakeThinPool(WorkStep):
    """Make a thin pool; LVM keeps a spare as large as its metadata. lvmthin(7)."""

    kind: Literal["make-thin-pool"] = "make-thin-pool"
    vg: str
    pool: str
    size_bytes: int
    metadata_size_bytes: int


class GrowThinPool(WorkStep):
    """Have a thin pool and its metadata be so large, in use. lvextend(8)."""

    kind: Literal["grow-thin-pool"] = "grow-thin-pool"
    vg: str
    pool: str
    size_bytes: int
    metadata_size_bytes: int


class MakeThinVolume(WorkStep):
    """Make a volume that takes from its pool what is written to it. lvcreate(8)."""

    kind: Literal["make-thin-volume"] = "make-thin-volume"
    vg: str
    pool: str
    volume: str
    size_bytes: int


class FormatThinVolume(WorkStep):
    """Make a file system with a known UUID on a new volume."""

    kind: Literal["format-thin-volume"] = "format-thin-volume"
    vg: str
    volume: str
    filesystem: Literal["ext4", "xfs"]
    uuid: str


class MountDirectory(WorkStep):
    """Mount what /etc/fstab has at a place, for everybody. mount(8)."""

    kind: Literal["mount-directory"] = "mount-directory"
    at: str


class MakePool(WorkStep):
    """Make a pool, mounted where its name says. `properties` are its root dataset's.

    zpool-create(8).
    """

    kind: Literal["make-pool"] = "make-pool"
    pool: str
    ashift: int
    vdevs: tuple[Vdev, ...]
    properties: dict[str, str] = Field(default_factory=dict)


class AddVdevs(WorkStep):
    """Give a pool vdevs more; `properties` are then those of its root dataset. zpool-add(8)."""

    kind: Literal["add-vdevs"] = "add-vdevs"
    pool: str
    ashift: int
    vdevs: tuple[Vdev, ...]
    properties: dict[str, str] = Field(default_factory=dict)


StorageStep = (
    MakeGroup
    | WidenGroup
    | MakeThinPool
    | GrowThinPool
    | MakeThinVolume
    | FormatThinVolume
    | MountDirectory
    | MakePool
    | AddVdevs
)
