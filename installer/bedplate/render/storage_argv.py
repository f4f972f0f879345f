"""The commands that make storage for guests on a host that runs.

pvcreate(8), vgcreate(8), lvcreate(8), lvextend(8), zpool-create(8), zpool-add(8), mount(8).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bedplate.model.plan import Vdev
from bedplate.model.storage_step import (
    AddVdevs,
    GrowThinPool,
    MakePool,
    MakeThinPool,
    MakeThinVolume,
)
from bedplate.render.argv import Argv, Place, joined
from bedplate.render.zfs_argv import options_of, vdev_words

_REPORT = ("--reportformat", "json", "--units", "b", "--nosuffix")


def create_group(vg: str, places: Sequence[Place]) -> Argv:
    """Make a VG on its PVs."""
    return ["vgcreate", "--yes", vg, *places]


def extend_group(vg: str, places: Sequence[Place]) -> Argv:
    """Give a VG more PVs."""
    return ["vgextend", vg, *places]


def report_volumes(vg: str) -> Argv:
    """Print the volumes of a VG; fails if there is no such VG."""
    return ["lvs", *_REPORT, "-o", "lv_name,lv_size,lv_metadata_size", vg]


def create_thin_pool(step: MakeThinPool) -> Argv:
    """Make a thin pool with its metadata, and a spare of that."""
    metadata = ["--poolmetadatasize", f"{step.metadata_size_bytes}b"]
    size = ["--size", f"{step.size_bytes}b"]
    return [
        *("lvcreate", "--type", "thin-pool", *size, *metadata, "--yes"),
        *("--name", step.pool, step.vg),
    ]


def grow_metadata(step: GrowThinPool) -> Argv:
    """Make the metadata of a pool larger, and the spare with it."""
    size = ["--poolmetadatasize", f"{step.metadata_size_bytes}b"]
    return ["lvextend", *size, f"{step.vg}/{step.pool}"]


def grow_data(step: GrowThinPool) -> Argv:
    """Make a pool larger; fails if it is that large already."""
    return ["lvextend", "--size", f"{step.size_bytes}b", f"{step.vg}/{step.pool}"]


def create_thin_volume(step: MakeThinVolume) -> Argv:
    """Make a thin volume."""
    size = ["--virtualsize", f"{step.size_bytes}b"]
    return [
        *("lvcreate", "--type", "thin", *size, "--thinpool", step.pool),
        *("--name", step.volume, step.vg),
    ]


def show_uuid(place: Place) -> Argv:
    """Print the UUID of the file system on a device; fails if there is none. blkid(8)."""
    return ["blkid", "--probe", "--match-tag", "UUID", "--output", "value", place]


def create_pool(step: MakePool, place_of: Callable[[str], Place]) -> Argv:
    """Make a pool that the host imports at every start; `place_of` finds a partition by its GUID.

    -f because ZFS does not like a vdev beside one of another kind; the plan has judged that.
    """
    properties = joined(options_of("-O", step.properties))
    ashift = ["-o", f"ashift={step.ashift}"]
    return ["zpool", "create", "-f", *ashift, *properties, step.pool, *_words(step.vdevs, place_of)]


def import_pool(pool: str, places: Sequence[Place]) -> Argv:
    """Import a pool that is on these partitions; fails if none of that name is. zpool-import(8)."""
    where = [word for place in places for word in ("-d", place)]
    return ["zpool", "import", *where, pool]


def add_vdevs(step: AddVdevs, vdevs: Sequence[Vdev], place_of: Callable[[str], Place]) -> Argv:
    """Give a pool some of the step's vdevs; -f as for a new one."""
    ashift = ["-o", f"ashift={step.ashift}"]
    return ["zpool", "add", "-f", *ashift, step.pool, *_words(tuple(vdevs), place_of)]


def set_properties(step: AddVdevs) -> Argv:
    """Set properties of a pool's root dataset, which all others inherit."""
    return ["zfs", "set", *(f"{key}={value}" for key, value in step.properties.items()), step.pool]


def _words(vdevs: tuple[Vdev, ...], place_of: Callable[[str], Place]) -> Argv:
    return joined(list(vdev_words(vdevs, place_of)))
