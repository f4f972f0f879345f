"""The commands that make the volume group and its volumes. lvcreate(8), lvmthin(7)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import assert_never

from bedplate.model.plan import LvmStorage, Volume
from bedplate.render.argv import Argv, Place

ROOT_VOLUME = "root"


def create_pvs(places: Sequence[Place]) -> Argv:
    """Make partitions PVs, with metadata the size the original uses."""
    return ["pvcreate", "--yes", "-ff", "--metadatasize", "250k", *places]


def create_group(storage: LvmStorage, places: Sequence[Place]) -> Argv:
    """Make the VG on its PVs."""
    return ["vgcreate", "--yes", storage.vg, *places]


def create_volume(storage: LvmStorage, volume: Volume) -> Argv:
    """Make one volume; a thin pool takes its metadata, and a spare of it, from the VG."""
    size = ["--size", f"{volume.size_bytes}b"]
    name = ["--name", volume.name, storage.vg]
    match volume.type:
        case "linear":
            return ["lvcreate", *size, "--yes", "--wipesignatures", "y", *name]
        case "thin-pool":
            metadata = ["--poolmetadatasize", f"{volume.metadata_size_bytes}b"]
            return ["lvcreate", "--type", "thin-pool", *size, *metadata, "--yes", *name]
        case other:
            assert_never(other)


def activate_group(storage: LvmStorage) -> Argv:
    """Put the VG's volumes on the device mapper."""
    return ["vgchange", "--activate", "y", storage.vg]


def deactivate_group(storage: LvmStorage) -> Argv:
    """Take the VG's volumes off the device mapper."""
    return ["vgchange", "--activate", "n", storage.vg]


def volume_path(storage: LvmStorage, name: str) -> Path:
    """The node of a volume, the same on every machine."""
    return Path("/dev") / storage.vg / name
