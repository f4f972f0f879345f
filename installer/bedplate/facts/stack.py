"""What sits on top of each block device: LVM volumes, RAID arrays, LUKS, multipath (by blkinfo).

A pool of ZFS and a volume group that is not active hold nothing in the kernel's eyes; they are
found by `PoolFact.members` and `VolumeGroupFact.pvs`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from blkinfo import BlkDiskInfo

from bedplate.errors import FactsError, Problem

_TRIES = 5


class _Tree(BlkDiskInfo):  # type: ignore[misc]  # blkinfo has no types
    """blkinfo's tree of every block device, loop devices included, and nothing more.

    Its constructor goes on to look up iSCSI targets, which fails on hosts with an iSCSI adapter,
    and its public list of disks leaves loop devices out.
    """

    def __init__(self) -> None:
        self.devices: Mapping[str, Mapping[str, Any]] = self._build_disk_tree()


def probe_holders() -> dict[str, tuple[str, ...]]:
    """Paths of the devices that are built on each device, by its kernel name (`sda3`, `dm-0`).

    Raises `FactsError` if lsblk is missing or says nothing, or if devices keep coming while it
    looks.
    """
    for _ in range(_TRIES):
        try:
            devices = _Tree().devices
        except FileNotFoundError as error:
            hint = "install the package util-linux"
            raise FactsError(Problem("tool-missing", "lsblk", "is not installed", hint)) from error
        except KeyError as error:
            # blkinfo runs lsblk twice, and met a device in one list that is not in the other.
            seen = error
            continue
        if not devices:
            message = "lists no block device at all"
            raise FactsError(Problem("output-not-understood", "lsblk", message, "run it by hand"))
        return holders_in(devices)
    message = f"the device {seen} appeared while the disks were listed, as others did before"
    raise FactsError(Problem("devices-changed", "lsblk", message, "try again")) from seen


def holders_in(devices: Mapping[str, Mapping[str, Any]]) -> dict[str, tuple[str, ...]]:
    """Holders by kernel name, from blkinfo's tree. A partition does not hold its disk."""
    return {
        str(device["kname"]): tuple(
            # A device with several parents is printed, and so counted, once under each.
            dict.fromkeys(_path(child) for child in device["children"] if child["type"] != "part")
        )
        for device in devices.values()
    }


def _path(device: Mapping[str, Any]) -> str:
    mapped = str(device["kname"]).startswith("dm-")
    return f"/dev/mapper/{device['name']}" if mapped else f"/dev/{device['kname']}"
