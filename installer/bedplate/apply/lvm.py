"""The plan's volume group and volumes. lvcreate(8), lvmthin(7)."""

from __future__ import annotations

from pathlib import Path
from typing import assert_never

from bedplate.apply.devices import partition_path
from bedplate.apply.mounts import Held, mount
from bedplate.model.plan import LvmStorage, Plan, Volume
from bedplate.model.step import FormatVolume
from bedplate.run import Runner

ROOT_VOLUME = "root"


def create_volume_group(run: Runner, plan: Plan, storage: LvmStorage) -> None:
    """Make the PVs, with metadata the size the original uses, and the VG on them.

    What an interrupted run left of the group is removed first; the planner has made sure that no
    other group of that name exists.
    """
    if exists(run, storage):
        run(["vgremove", "--yes", "--force", "--force", storage.vg])
    pvs = [partition_path(*plan.partition(guid)) for guid in storage.pvs]
    run(["pvcreate", "--yes", "-ff", "--metadatasize", "250k", *pvs])
    run(["vgcreate", "--yes", storage.vg, *pvs])


def create_volume(run: Runner, storage: LvmStorage, volume: Volume) -> None:
    """Create one volume; a thin pool takes its metadata, and a spare of it, from the VG.

    The group is this run's own, so a volume that is there already is half of an interrupted step.
    """
    if volume_path(storage, volume.name).exists():
        run(["lvremove", "--yes", f"{storage.vg}/{volume.name}"])
    size = ["--size", f"{volume.size_bytes}b"]
    common = ["--yes", "--wipesignatures", "y", "--name", volume.name, storage.vg]
    match volume.type:
        case "linear":
            run(["lvcreate", *size, *common])
        case "thin-pool":
            metadata = ["--poolmetadatasize", f"{volume.metadata_size_bytes}b"]
            run(["lvcreate", "--type", "thin-pool", *size, *metadata, "--yes",
                 "--name", volume.name, storage.vg])  # fmt: skip
        case other:
            assert_never(other)


def format_volume(run: Runner, storage: LvmStorage, step: FormatVolume) -> None:
    """Make the file system or swap space a step asks for, with its planned UUID."""
    device = volume_path(storage, step.volume)
    match step.filesystem:
        case "ext4":
            run(["mkfs.ext4", "-q", "-F", "-U", step.uuid, device])
        case "xfs":
            run(["mkfs.xfs", "-q", "-f", "-m", f"uuid={step.uuid}", device])
        case "swap":
            run(["mkswap", "--force", "--uuid", step.uuid, device])
        case other:
            assert_never(other)


def open_root(run: Runner, held: Held, storage: LvmStorage, root: Path) -> None:
    """Activate the VG and mount its root volume."""
    activate(run, held, storage)
    mount(run, held, volume_path(storage, ROOT_VOLUME), root)


def activate(run: Runner, held: Held, storage: LvmStorage) -> None:
    """Put the VG's volumes on the device mapper; they are held until `held` is released."""
    held.take(f"VG {storage.vg}", lambda: deactivate(run, storage))
    run(["vgchange", "--activate", "y", storage.vg])


def deactivate(run: Runner, storage: LvmStorage) -> None:
    """Take the VG's volumes off the device mapper, if there is such a VG."""
    if exists(run, storage):
        run(["vgchange", "--activate", "n", storage.vg])


def exists(run: Runner, storage: LvmStorage) -> bool:
    """Whether there is a VG of that name."""
    return run(["vgs", "--noheadings", "-o", "vg_name", storage.vg], check=False).code == 0


def volume_path(storage: LvmStorage, name: str) -> Path:
    """The node of a volume."""
    return Path("/dev") / storage.vg / name
