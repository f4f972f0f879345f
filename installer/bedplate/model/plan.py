"""A plan: everything that will be on the disks and everything that will be done, as one value.

`bedplate plan --json` prints it; the format is public and versioned. It holds no secret.
"""

from __future__ import annotations

import base64
import hashlib
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Literal

from pydantic import Field

from bedplate.model.facts import DiskFact, FirmwareKind
from bedplate.model.layout import BtrfsProfile
from bedplate.model.manifest import BaseFile
from bedplate.model.program import bytes_of
from bedplate.model.step import Step
from bedplate.model.value import Value

# Where a host keeps the plan that it was made by.
RECORD = "/var/lib/bedplate/installed.json"
_MARK_BYTES = 5
_FILE = "file://"


class Role(StrEnum):
    """What a partition is for."""

    BIOS_BOOT = "bios-boot"
    ESP = "esp"
    DATA = "data"
    SPECIAL = "special"
    LOG = "log"
    CACHE = "cache"
    SWAP = "swap"


class PartitionPlan(Value):
    """A partition to be. Sectors are logical sectors of its disk; the last one is included."""

    number: int
    role: Role
    type_guid: str
    guid: str
    first_sector: int
    last_sector: int
    size_bytes: int


class DiskPlan(Value):
    """A disk to be. `path` is where the disk was when the plan was made, for people only."""

    id: str
    path: str
    size_bytes: int
    sector_size: int
    guid: str
    partitions: tuple[PartitionPlan, ...]

    def by_role(self, role: Role) -> PartitionPlan | None:
        """The disk's partition of that role, if it has one."""
        return next((part for part in self.partitions if part.role is role), None)


class Vdev(Value):
    """A top-level vdev; `members` are partition GUIDs. `role` is what the pool uses it for.

    The devices of a cache, which know no redundancy, are one vdev of the type `stripe`.
    """

    type: Literal["stripe", "mirror", "raidz1", "raidz2", "raidz3"]
    members: tuple[str, ...]
    role: Literal[Role.DATA, Role.SPECIAL, Role.LOG, Role.CACHE] = Role.DATA

    @property
    def title(self) -> str:
        """What it is, for people: `mirror`, `special mirror`, `cache`."""
        if self.role is Role.DATA:
            return self.type
        return self.role.value if self.type == "stripe" else f"{self.role.value} {self.type}"


class Dataset(Value):
    """A dataset by its full name. One with the property `keyformat` has a key of its own."""

    name: str
    properties: dict[str, str] = Field(default_factory=dict)

    @property
    def has_passphrase(self) -> bool:
        """Whether it is encrypted with a passphrase that somebody types in."""
        return self.properties.get("keyformat") == "passphrase"

    @property
    def key_file(self) -> str | None:
        """The file of the new system that its key is in, if it is encrypted that way."""
        location = self.properties.get("keylocation", "")
        return location.removeprefix(_FILE) if location.startswith(_FILE) else None


class ZfsStorage(Value):
    """A ZFS pool. `properties` are those of its root dataset, `pool_properties` its own."""

    kind: Literal["zfs"] = "zfs"
    pool: str
    ashift: int
    vdevs: tuple[Vdev, ...]
    root_dataset: str
    properties: dict[str, str]
    datasets: tuple[Dataset, ...]
    pool_properties: dict[str, str] = Field(default_factory=dict)


class Volume(Value):
    """A logical volume; a thin pool has a metadata size as well."""

    name: str
    size_bytes: int
    type: Literal["linear", "thin-pool"]
    metadata_size_bytes: int | None = None
    filesystem: Literal["ext4", "xfs", "swap"] | None = None
    uuid: str | None = None


class Array(Value):
    """An md RAID1; `members` are partition GUIDs.

    On each member the array's data takes `size_bytes` from `data_offset_bytes` on.
    """

    name: str
    uuid: str
    members: tuple[str, ...]
    data_offset_bytes: int
    size_bytes: int


class LvmStorage(Value):
    """A volume group; its volume `root` is the root file system.

    `pvs` are partition GUIDs, or the UUID of the `array` that is the one PV.
    """

    kind: Literal["lvm"] = "lvm"
    vg: str
    pvs: tuple[str, ...]
    array: Array | None = None
    volumes: tuple[Volume, ...]

    def volume(self, name: str) -> Volume:
        """The volume of that name; `StopIteration` would be a bug in the planner."""
        return next(volume for volume in self.volumes if volume.name == name)


class BtrfsStorage(Value):
    """A btrfs that holds the root at its top; `members` are partition GUIDs.

    `options` are those that it is always mounted with, `subvolumes` paths below its top.
    """

    kind: Literal["btrfs"] = "btrfs"
    uuid: str
    data: BtrfsProfile
    metadata: BtrfsProfile
    members: tuple[str, ...]
    options: tuple[str, ...] = ()
    subvolumes: tuple[str, ...] = ()


Storage = Annotated[ZfsStorage | LvmStorage | BtrfsStorage, Field(discriminator="kind")]


class Loader(Value):
    """A boot loader that a disk gets for a kind of firmware."""

    disk: str
    firmware: FirmwareKind
    loader: Literal["grub", "systemd-boot"]


class Boot(Value):
    """How the host starts. With `esp_sync` each ESP carries kernels of its own."""

    kernel: str
    loaders: tuple[Loader, ...]
    esp_sync: bool
    cmdline: str


class FilePlan(Value):
    """A file of the new system; a `link` has a target instead of content.

    Content is text, except for the few files that are not: those have `hex`. `replaces` is what the
    base system has at that place, if anything. `secret` is the key, in the answer file, of a value
    that stands as `***` in the text, here and wherever the plan is shown.
    """

    path: str
    mode: int = 0o644
    content: str = ""
    hex: str | None = None
    link: str | None = None
    replaces: BaseFile | None = None
    secret: str | None = None

    def data(self) -> bytes:
        """What the file holds, byte for byte; nothing for a link."""
        return bytes_of(self.content, self.hex)


class Plan(Value):
    """What to do, complete. `made_for` are the chosen disks as they were found."""

    version: Literal[1] = 1
    layout: str
    hostname: str
    made_for: tuple[DiskFact, ...]
    disks: tuple[DiskPlan, ...]
    storage: Storage
    boot: Boot
    files: tuple[FilePlan, ...]
    steps: tuple[Step, ...]
    warnings: tuple[str, ...] = ()

    @property
    def mark(self) -> str:
        """The volume label that ESPs have when the plan was carried out to its end.

        A digest of the whole plan, 40 bits of it, since a FAT label has eleven characters. It can
        be seen without mounting anything, so facts alone tell a finished host from a broken run.
        """
        digest = hashlib.sha256(self.model_dump_json().encode()).digest()
        return f"BP-{base64.b32encode(digest[:_MARK_BYTES]).decode()}"

    def disk(self, disk_id: str) -> DiskPlan:
        """The planned disk of that id; `KeyError` would be a bug in the planner."""
        return self.disks[self._places[disk_id]]

    def number(self, disk_id: str) -> int:
        """The place of a planned disk among them, from 1."""
        return self._places[disk_id] + 1

    def found(self, disk_id: str) -> DiskFact:
        """The chosen disk of that id, as it was found."""
        return self._found[disk_id]

    def partition(self, guid: str) -> tuple[DiskPlan, PartitionPlan]:
        """The planned partition of that GUID and the disk it is on."""
        return self._partitions[guid]

    def record(self) -> FilePlan:
        """The plan itself as a file of the new system: what was meant to be where."""
        # Ended as a text is, which JSON does not mind and a here-document needs.
        return FilePlan(path=RECORD, mode=0o600, content=self.model_dump_json() + "\n")

    @cached_property
    def _places(self) -> dict[str, int]:
        return {disk.id: place for place, disk in enumerate(self.disks)}

    @cached_property
    def _found(self) -> dict[str, DiskFact]:
        return {disk.id: disk for disk in self.made_for}

    @cached_property
    def _partitions(self) -> dict[str, tuple[DiskPlan, PartitionPlan]]:
        return {part.guid: (disk, part) for disk in self.disks for part in disk.partitions}
