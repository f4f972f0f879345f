"""The ZFS pool that holds the host: vdevs, datasets and their properties."""

from __future__ import annotations

from typing import Literal, TypeVar

from bedplate.model.layout import DatasetLayout, Raid, ZfsLayout
from bedplate.model.plan import Dataset, Vdev, ZfsStorage
from bedplate.model.request import ZfsOptions
from bedplate.units import GIB, MIB

MINIMUM_DISKS = {
    Raid.RAID0: 1,
    Raid.RAID1: 2,
    Raid.RAID10: 4,
    Raid.RAIDZ1: 3,
    Raid.RAIDZ2: 4,
    Raid.RAIDZ3: 5,
}
_ONE_VDEV: dict[Raid, Literal["mirror", "raidz1", "raidz2", "raidz3"]] = {
    Raid.RAID1: "mirror",
    Raid.RAIDZ1: "raidz1",
    Raid.RAIDZ2: "raidz2",
    Raid.RAIDZ3: "raidz3",
}

_T = TypeVar("_T")

_ARC_FLOOR_MIB = 64
_ARC_CAP_MIB = 16 * GIB // MIB
_ARC_LEAVES_MIB = 1024


def plan_pool(layout: ZfsLayout, members: tuple[str, ...], options: ZfsOptions) -> ZfsStorage:
    """The pool over `members`, the data partitions' GUIDs in the order of the chosen disks."""
    return ZfsStorage(
        pool=layout.pool,
        ashift=options.ashift,
        vdevs=_vdevs(layout.raid, members),
        root_dataset=f"{layout.pool}/{layout.root}",
        properties=_pool_properties(layout, options),
        datasets=tuple(_dataset(layout, dataset) for dataset in layout.datasets),
    )


def arc_max_bytes(memory_bytes: int, wanted_mib: int | None) -> int:
    """The upper limit of the ARC; 0 means ZFS's own default.

    A tenth of the memory between 64 MiB and 16 GiB, or what was asked for as long as it leaves the
    rest of the host 1 GiB.
    """
    memory_mib = memory_bytes // MIB
    if wanted_mib is None:
        tenth = (memory_mib + 5) // 10
        return min(max(tenth, _ARC_FLOOR_MIB), _ARC_CAP_MIB) * MIB
    if wanted_mib == 0:
        return 0
    return max(min(wanted_mib, memory_mib - _ARC_LEAVES_MIB), _ARC_FLOOR_MIB) * MIB


def mirror_pairs(things: tuple[_T, ...]) -> tuple[tuple[_T, _T], ...]:
    """Which two and two make the mirrors of a RAID10, in the order of the disks.

    The last of an odd number is in none; such a number of disks is refused.
    """
    return tuple(zip(things[::2], things[1::2], strict=False))


def _dataset(layout: ZfsLayout, dataset: DatasetLayout) -> Dataset:
    """One dataset; the root's mount point follows from what it is, whatever the layout says."""
    place = {"mountpoint": "/"} if dataset.name == layout.root else {}
    return Dataset(name=f"{layout.pool}/{dataset.name}", properties=dataset.properties | place)


def _vdevs(raid: Raid, members: tuple[str, ...]) -> tuple[Vdev, ...]:
    if raid is Raid.RAID0:
        return tuple(Vdev(type="stripe", members=(member,)) for member in members)
    if raid is Raid.RAID10:
        assert len(members) % 2 == 0, "an odd number of disks is refused"
        return tuple(Vdev(type="mirror", members=pair) for pair in mirror_pairs(members))
    return (Vdev(type=_ONE_VDEV[raid], members=members),)


def _pool_properties(layout: ZfsLayout, options: ZfsOptions) -> dict[str, str]:
    """The layout's properties under the answer file's; ZFS's own defaults are not spelled out."""
    asked = {"compression": options.compress}
    if options.checksum != "on":
        asked["checksum"] = options.checksum
    if options.copies != 1:
        asked["copies"] = str(options.copies)
    return layout.properties | asked
