"""The block devices of the machine, from the platform's own database (sysfs and udev by pyudev).

Works without a udev daemon too (containers, rescue shells): the kernel's attributes are there, the
properties and the names under /dev/disk/by-id are not.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyudev

from bedplate.model.natural import natural

Names = tuple[str, ...]

_BY_ID = "/dev/disk/by-id/"
_PV_NAME = "lvm-pv-uuid-"
# What a partition has; to find out that it has none of the others takes most of the time.
_OF_PARTITIONS = ("size", "ro", "start", "partition")
_OF_DISKS = (
    "size",
    "ro",
    "removable",
    "hidden",
    "serial",
    "wwid",
    "device/model",
    "device/name",
    "device/serial",
    "device/wwid",
    "queue/logical_block_size",
    "queue/physical_block_size",
    "queue/rotational",
    "loop/backing_file",
    "dm/name",
    "dm/uuid",
    "dm/suspended",
    "md/level",
)
_KERNEL_SECTOR = 512
# Not disks to install on: memory, optical and floppy drives, volumes of a pool, caches and replicas
# that stand on other disks, and the boot and protected areas that an eMMC shows beside its own.
_NEVER = re.compile(r"(ram|zram|sr|fd|zd|mtdblock|bcache|drbd)\d+|mmcblk\d+(boot\d+|rpmb|gp\d+)")
_CONTENT = re.compile(r"ID_FS_|ID_PART_|ID_BTRFS_|SYSTEMD_|UDISKS_|DM_UDEV_")
_PASSING = frozenset(
    (
        "ACTION",
        "CURRENT_TAGS",
        "DEVLINKS",
        "DISKSEQ",
        "SEQNUM",
        "TAGS",
        "UDEV_DB_VERSION",
        "USEC_INITIALIZED",
    )
)


@dataclass(frozen=True, slots=True)
class BlockDevice:
    """A disk or partition as kernel and udev describe it, before anything on it is read.

    `path` is its node (/dev/mapper/NAME for a mapped one), `device` its `major:minor`, `parent` the
    kernel name of the disk of a partition, `below` those of what a mapping, an array or a cached
    device lies on: of a multipath map, the paths to its disk. bcache has taken a device that is
    `cached` for itself.
    """

    name: str
    path: str
    device: str
    sys_path: str
    parent: str | None
    attributes: Mapping[str, str]
    properties: Mapping[str, str]
    by_id: Names
    below: Names = ()
    cached: bool = False

    @property
    def size_bytes(self) -> int:
        """The size that the kernel sees; 0 for a drive without a medium."""
        return int(self.attributes.get("size", "0")) * _KERNEL_SECTOR

    @property
    def sector_size(self) -> int:
        """Bytes of a logical sector."""
        return int(self.attributes.get("queue/logical_block_size", "512"))

    @property
    def start_bytes(self) -> int:
        """Where a partition begins on its disk."""
        return int(self.attributes.get("start", "0")) * _KERNEL_SECTOR

    @property
    def is_multipath(self) -> bool:
        """Whether this is a map that leads to one disk by several ways."""
        return self.attributes.get("dm/uuid", "").startswith("mpath-")

    def is_disk(self, *, loops: bool) -> bool:
        """Whether this is a whole disk that could hold a system.

        Software RAID and multipath devices are; LVM volumes, RAM disks and optical drives are not.
        Loop devices with a file behind them are, if `loops` asks for them.
        """
        if self.parent is not None or not self.size_bytes or _NEVER.fullmatch(self.name):
            return False
        if self.attributes.get("hidden") == "1":  # one path of an NVMe multipath device
            return False
        if self.name.startswith("loop"):
            return loops and "loop/backing_file" in self.attributes
        if self.name.startswith("dm-"):
            return self.is_multipath
        return True


def probe_block_devices() -> dict[str, BlockDevice]:
    """Every disk and partition node of the machine, by path, in the order of their names."""
    devices = sorted(_block_devices(), key=lambda device: natural(device.path))
    return {device.path: device for device in devices}


def own_names(
    device: str, links: Mapping[str, str], claims: Mapping[str, Collection[str]], below: Names
) -> Names:
    """The by-id names that are `device`'s alone, of those that udev gave it.

    `links` says which device each name leads to, `claims` which devices udev gave it to. A name
    that two devices claim is neither's: cheap USB sticks all have one serial, the namespaces of an
    NVMe drive have the drive's, and which of them gets the one link changes from start to start.
    A multipath map has the names of the paths `below` it to itself, and they have none. A PV's name
    is a name of what is on the disk.
    """
    return tuple(
        name
        for name in sorted(links)
        if links[name] == device
        and not {*claims[name]} - {device, *below}
        and not name.startswith(_PV_NAME)
    )


def lasting_properties(properties: Mapping[str, str]) -> dict[str, str]:
    """The udev properties that say what a device is.

    Left out is what says what is on it or when udev saw it: two snapshots of an unchanged disk must
    be equal, also while udev is still looking at it.
    """
    return {
        key: properties[key]
        for key in sorted(properties)
        if key not in _PASSING and not _CONTENT.match(key)
    }


def _block_devices() -> Iterator[BlockDevice]:
    found = [d for d in pyudev.Context().list_devices(subsystem="block") if d.device_node]
    links = {device.sys_name: _links(device) for device in found}
    claims: defaultdict[str, list[str]] = defaultdict(list)
    for claimant, names in links.items():
        for name in names:
            claims[name].append(claimant)
    for device in found:
        attributes = _attributes(device)
        mapped = attributes.get("dm/name")
        parent = device.parent if device.device_type == "partition" else None
        number = device.device_number
        below = _below(Path(device.sys_path))
        yield BlockDevice(
            name=device.sys_name,
            path=f"/dev/mapper/{mapped}" if mapped else device.device_node,
            device=f"{number >> 8 & 0xFFF}:{number & 0xFF | number >> 12 & 0xFFF00}",
            sys_path=device.sys_path,
            parent=None if parent is None else parent.sys_name,
            attributes=attributes,
            properties=dict(device.properties),
            by_id=own_names(device.sys_name, links[device.sys_name], claims, below),
            below=below,
            cached=_is_cached(Path(device.sys_path)),
        )


def _is_cached(sys_path: Path) -> bool:
    """Whether bcache holds the device; what it makes of it has a link of that name instead."""
    folder = sys_path / "bcache"
    return folder.is_dir() and not folder.is_symlink()


def _attributes(device: pyudev.Device) -> dict[str, str]:
    values = {}
    for name in _OF_PARTITIONS if device.device_type == "partition" else _OF_DISKS:
        value: bytes | None = device.attributes.get(name)
        if value is not None and (text := value.decode(errors="replace").strip()):
            values[name] = text
    return values


def _links(device: pyudev.Device) -> dict[str, str]:
    """The names under /dev/disk/by-id that udev gave a device, with the device they lead to."""
    # This takes one call; pyudev's own list of the links takes one for each.
    names = device.properties.get("DEVLINKS", "").split()
    return {
        link.removeprefix(_BY_ID): Path(link).resolve().name
        for link in names
        if link.startswith(_BY_ID)
    }


def _below(sys_path: Path) -> Names:
    try:
        return tuple(sorted((entry.name for entry in (sys_path / "slaves").iterdir()), key=natural))
    except FileNotFoundError:  # partitions, and a device that has just gone
        return ()
