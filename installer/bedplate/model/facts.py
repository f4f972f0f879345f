"""What is known about a machine: one snapshot, read by `bedplate.facts`, never guessed.

`None` means that the thing is absent or that the platform does not say; it never stands for a value
to be filled in later. Sizes are bytes, sectors are logical sectors of the disk concerned.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from functools import cached_property
from typing import Literal

from pydantic import Field

from bedplate.model.secure_boot import ModuleTrust
from bedplate.model.value import Value

FACTS_VERSION = 1
ZFS_MODULE = "the zfs kernel module"
"""What `Facts.missing_tools` calls it where it is not loaded and cannot be."""
_TABLES = frozenset({"gpt", "PMBR", "dos"})


class FirmwareKind(StrEnum):
    """How the machine was started, or is to be."""

    BIOS = "bios"
    UEFI = "uefi"


class Signature(Value):
    """Something `wipefs`/blkid recognises on a disk or partition (`zfs_member`, `gpt`, `vfat`)."""

    kind: str
    label: str | None = None
    uuid: str | None = None

    @property
    def is_table(self) -> bool:
        """Whether it says that there is a partition table, and nothing of what is in it."""
        return self.kind in _TABLES

    @property
    def array_name(self) -> str:
        """Of a member of an md array, the array's name; a host's name may be before it."""
        return (self.label or "").rpartition(":")[2]


class PartitionFact(Value):
    """A partition as the table and the kernel have it.

    `flags` are the GPT attributes that are set: `required`, `no-block-io`, `legacy-boot`, or
    `bit-N` for one without a common name.
    """

    number: int
    path: str
    first_sector: int
    last_sector: int
    size_bytes: int
    type_guid: str | None = None
    guid: str | None = None
    name: str | None = None
    flags: tuple[str, ...] = ()
    signatures: tuple[Signature, ...] = ()
    mounts: tuple[str, ...] = ()
    swap: bool = False
    holders: tuple[str, ...] = ()


class LayerKind(StrEnum):
    """What a device that is built on others is, as far as taking it apart goes."""

    LVM = "lvm"
    CRYPT = "crypt"
    MAPPING = "mapping"
    MULTIPATH = "multipath"
    ARRAY = "array"
    CONTAINER = "container"
    CACHE = "cache"
    BCACHE = "bcache"
    PARTITION = "partition"
    OTHER = "other"


class LayerFact(Value):
    """A device that the kernel builds on others: a mapping, an array, a cached device.

    `path` is the name people know it by (`/dev/mapper/pve-root`), `node` the kernel's
    (`/dev/dm-0`), `on` the paths of what it lies on directly, which may be on other disks too.
    `uuid` is what the device mapper knows it by. A device or partition that bcache has taken for
    itself is a layer of kind `cache`, whose path is the folder where the kernel shows it.
    """

    path: str
    node: str
    kind: LayerKind
    on: tuple[str, ...]
    uuid: str | None = None
    signatures: tuple[Signature, ...] = ()
    mounts: tuple[str, ...] = ()
    swap: bool = False


class DiskFact(Value):
    """A whole disk. `by_id` are its names under /dev/disk/by-id, the most telling one first.

    `layers` is everything that is built on the disk and its partitions, from the bottom up.
    `stale_backup_sector` is where its GPT says that the backup is, if that is not the end of the
    disk. `error` says why its content could not be read; table, partitions and signatures are then
    only what the kernel still knows. `slot` is the disk's bay, as the platform names it.
    """

    path: str
    by_id: tuple[str, ...] = ()
    serial: str | None = None
    wwn: str | None = None
    model: str | None = None
    transport: str | None = None
    rotational: bool | None = None
    removable: bool = False
    read_only: bool = False
    size_bytes: int
    sector_size: int
    physical_sector_size: int
    table: str | None = None
    guid: str | None = None
    partitions: tuple[PartitionFact, ...] = ()
    signatures: tuple[Signature, ...] = ()
    mounts: tuple[str, ...] = ()
    swap: bool = False
    holders: tuple[str, ...] = ()
    layers: tuple[LayerFact, ...] = ()
    stale_backup_sector: int | None = None
    bus_path: str | None = None
    slot: str | None = None
    properties: dict[str, str] = Field(default_factory=dict)
    error: str | None = None

    @property
    def id(self) -> str:
        """The name that stays: the first by-id name, else the device path (loop devices)."""
        return self.by_id[0] if self.by_id else self.path

    @property
    def devices(self) -> tuple[DiskFact | PartitionFact, ...]:
        """The disk and its partitions."""
        return (self, *self.partitions)

    @property
    def things(self) -> tuple[DiskFact | PartitionFact | LayerFact, ...]:
        """The disk, its partitions, and what is built on them, from the bottom up."""
        return (*self.devices, *self.layers)

    @property
    def place(self) -> str | None:
        """Where in the machine it is, for people: its bay, or else its place on the bus."""
        return f"slot {self.slot}" if self.slot is not None else self.bus_path

    def describe(self) -> str:
        """Model, serial and path in one line, for people."""
        return describe_disk(self.model, self.serial, self.path)


def describe_disk(model: str | None, serial: str | None, path: str) -> str:
    """What is known of a disk that tells it from others, in one line, for people."""
    words = (model, serial and f"serial {serial}", path)
    return ", ".join(word for word in words if word)


class PoolFact(Value):
    """A ZFS pool that is imported or could be. `members` are device paths.

    `mounts` is where its file systems are mounted.
    """

    name: str
    guid: str
    state: str
    imported: bool
    members: tuple[str, ...] = ()
    mounts: tuple[str, ...] = ()


class LogicalVolumeFact(Value):
    """A logical volume; `kind` is LVM's own word for its layout (`linear`, `thin,pool`).

    A thin one is in the `pool` of that name. `data_percent` and `metadata_percent` are how much of
    a pool is in use, as far as it is active.
    """

    name: str
    uuid: str
    size_bytes: int
    kind: str
    active: bool
    metadata_size_bytes: int | None = None
    tags: tuple[str, ...] = ()
    pool: str | None = None
    data_percent: float | None = None
    metadata_percent: float | None = None

    @property
    def is_pool(self) -> bool:
        """Whether thin volumes can be made in it."""
        return {*self.kind.split(",")} >= {"thin", "pool"}


class VolumeGroupFact(Value):
    """An LVM volume group. `pvs` are the device paths of its PVs, without the missing ones.

    `spare_bytes` is what it keeps to repair the metadata of a thin pool with, lvmthin(7).
    """

    name: str
    uuid: str
    size_bytes: int
    free_bytes: int
    extent_bytes: int
    pvs: tuple[str, ...] = ()
    missing_pvs: int = 0
    volumes: tuple[LogicalVolumeFact, ...] = ()
    spare_bytes: int = 0

    def volume(self, name: str) -> LogicalVolumeFact | None:
        """The volume of that name, if there is one."""
        return next((volume for volume in self.volumes if volume.name == name), None)


class Firmware(Value):
    """The firmware that started this machine.

    `checks_modules` is whether kernels load signed modules only: Secure Boot is on, and shim was
    not told to leave it at that (`mokutil --disable-validation`).
    """

    kind: FirmwareKind
    secure_boot: bool = False
    checks_modules: bool = False
    nvram_writable: bool = False


class Address(Value):
    """An address on an interface, with its prefix: `192.0.2.7/24`."""

    cidr: str
    dynamic: bool = False


class NicFact(Value):
    """A network interface."""

    name: str
    mac: str
    physical: bool
    driver: str | None = None
    up: bool = False
    addresses: tuple[Address, ...] = ()
    properties: dict[str, str] = Field(default_factory=dict)


class Route(Value):
    """A route; `destination` is `default` or a prefix."""

    destination: str
    gateway: str | None = None
    interface: str


class Facts(Value):
    """One machine at one moment.

    `module_trust` is known where the firmware `checks_modules`: elsewhere nobody asks who signed
    them.
    """

    version: Literal[1] = 1
    firmware: Firmware
    module_trust: ModuleTrust | None = None
    memory_bytes: int
    kernel_cmdline: tuple[str, ...] = ()
    disks: tuple[DiskFact, ...] = ()
    pools: tuple[PoolFact, ...] = ()
    volume_groups: tuple[VolumeGroupFact, ...] = ()
    nics: tuple[NicFact, ...] = ()
    routes: tuple[Route, ...] = ()
    missing_tools: tuple[str, ...] = ()

    # To search all pools and groups for each disk would take twice the disks four times as long.

    @cached_property
    def pool_places(self) -> Mapping[str, Sequence[int]]:
        """For each device path that a pool has as a member: where in `pools` that pool is."""
        return _places(pool.members for pool in self.pools)

    @cached_property
    def group_places(self) -> Mapping[str, Sequence[int]]:
        """For each device path that is a PV: where in `volume_groups` its group is."""
        return _places(group.pvs for group in self.volume_groups)

    @cached_property
    def btrfs_devices(self) -> Mapping[str, tuple[str, ...]]:
        """For each UUID of a btrfs: the device paths that carry it, in the order of the disks."""
        found: defaultdict[str, list[str]] = defaultdict(list)
        for device in (device for disk in self.disks for device in disk.devices):
            for signature in device.signatures:
                if signature.kind == "btrfs" and signature.uuid is not None:
                    found[signature.uuid].append(device.path)
        return {uuid: tuple(paths) for uuid, paths in found.items()}


def _places(stores: Iterable[tuple[str, ...]]) -> Mapping[str, Sequence[int]]:
    places: defaultdict[str, list[int]] = defaultdict(list)
    for place, devices in enumerate(stores):
        for device in devices:
            places[device].append(place)
    return dict(places)
