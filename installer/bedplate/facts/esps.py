"""The ESPs of this machine: every partition of that type, and every one that is listed as one.

To look into an ESP it is mounted read-only at a place of our own, which writes nothing, not even
that it was mounted. One that is mounted for writing already has to be mounted as that is, and is
only read. Each ESP is read by a thread of its own, since each is on a disk of its own.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bedplate.errors import CommandError
from bedplate.facts.bios_boot import probe_bios_boot, probe_boot_image
from bedplate.facts.disks import probe_disk_facts
from bedplate.facts.esp_files import probe_files, probe_sources, probe_text, with_checksums
from bedplate.facts.known_disks import probe_known_disks
from bedplate.facts.mounts import probe_mounts
from bedplate.facts.tools import unless_missing
from bedplate.facts.zfs import probe_imported_pools
from bedplate.model.boot_files import ESP_LIST
from bedplate.model.esp import LOADER_CONF, LOADER_SOURCES, EspFact, EspFacts, Unreadable, UuidList
from bedplate.model.facts import DiskFact, PartitionFact
from bedplate.model.fat import SECTOR_BYTES, FatHeader, parse_fat_header
from bedplate.model.gpt import BIOS_BOOT_TYPE, ESP_TYPE
from bedplate.model.known_disk import by_fat_id
from bedplate.render import boot_argv, release_argv
from bedplate.run import Runner, side_by_side

LOOK_AT = Path("/run/bedplate/look")
_FAT_ID = re.compile(r"[0-9A-F]{4}-[0-9A-F]{4}", re.IGNORECASE)
_BUSY = "already mounted"  # mount(8)
_OWN_FOLDER = re.compile(r"EFI/proxmox/", re.IGNORECASE)


def parse_uuid_list(text: str) -> UuidList:
    """The FAT ids of /etc/kernel/proxmox-boot-uuids, one a line; whatever else is a line of it."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return UuidList(
        ids=tuple(dict.fromkeys(line.upper() for line in lines if _FAT_ID.fullmatch(line))),
        damaged=tuple(line for line in lines if not _FAT_ID.fullmatch(line)),
    )


def probe_uuid_list(root: Path = Path("/")) -> UuidList | None:
    """The list of a host, or `None` where nobody keeps its ESPs in sync."""
    try:
        text = (root / ESP_LIST.lstrip("/")).read_text(errors="replace")
    except FileNotFoundError:
        return None
    return parse_uuid_list(text)


def probe_esps(
    run: Runner,
    sources: Iterable[str] = (),
    root: Path = Path("/"),
    *,
    disks: tuple[DiskFact, ...] | None = None,
    contents: bool = True,
) -> EspFacts:
    """All ESPs, and those of `sources` (paths of the host), and of the loaders, that are there.

    What is on an ESP is read whole if it is listed or has kernels of a host like this one on it.
    Without `contents` neither that nor the sources are read: it takes seconds, and whoever wants
    to know which ESPs there are can do without. `disks` are those of the machine, if somebody has
    looked at them just now.

    Needs root. Raises `FactsError` or `CommandError` if the disks cannot be looked at.
    """
    listed = probe_uuid_list(root)
    if disks is None:
        disks = probe_disk_facts(run)
    pools = probe_pool_members(run)
    ids = frozenset(listed.ids if listed else ())
    places = [
        (disk, partition)
        for disk in disks
        for partition in disk.partitions
        if partition.type_guid == ESP_TYPE or ids & {s.uuid for s in partition.signatures}
    ]
    with side_by_side(len(places) + 1) as threads:
        reading = (
            threads.submit(probe_sources, (*LOADER_SOURCES, *sources), root) if contents else None
        )
        read = ids if contents else None
        esps = [
            threads.submit(_probe_esp, run, disk, part, read, _is_in_use(disk, part, pools))
            for disk, part in places
        ]
        return EspFacts(
            listed=listed,
            esps=tuple(esp.result() for esp in esps),
            sources=reading.result() if reading is not None else (),
            unread_disks=tuple(disk.describe() for disk in disks if disk.error is not None),
            known_disks=dict(by_fat_id(probe_known_disks(root))),
            boot_image=probe_boot_image(root),
            partitions=tuple(p.guid for disk in disks for p in disk.partitions if p.guid),
        )


def probe_pool_members(run: Runner) -> frozenset[str]:
    """The device paths of the members of imported pools, which have no holder in sysfs."""
    pools = unless_missing(probe_imported_pools, run)
    return frozenset(path for pool in pools for path in pool.members)


def _is_in_use(disk: DiskFact, esp: PartitionFact, pools: Collection[str]) -> bool:
    """Whether the running system uses anything on the disk beside its ESP."""
    return any(
        device.mounts or device.swap or device.holders or device.path in pools
        for device in disk.devices
        if device is not esp
    )


def _probe_esp(
    run: Runner,
    disk: DiskFact,
    partition: PartitionFact,
    ids: Collection[str] | None,
    in_use: bool,
) -> EspFact:
    fact = EspFact(
        disk=disk.id,
        title=disk.describe(),
        path=partition.path,
        number=partition.number,
        serial=disk.serial,
        guid=partition.guid,
        type_guid=partition.type_guid,
        size_bytes=partition.size_bytes,
        sector_size=disk.sector_size,
        disk_in_use=in_use,
        bios_boot_sector=_bios_boot_sector(disk),
        mounts=partition.mounts,
        read_only=disk.read_only or _is_mounted(partition, read_only=True),
    )
    try:
        with Path(partition.path).open("rb", buffering=0) as device:
            header = parse_fat_header(device.read(SECTOR_BYTES))
        if header is None:
            message = "has no FAT file system"
            return _unreadable(fact, Unreadable(code="esp-no-fat", message=message))
        fact = _with_header(fact, header)
        writable = _is_mounted(partition, read_only=False)
        with looked_into(run, Path(partition.path), shared=writable) as esp:
            fact = with_files(fact, esp, ids)
        bios = probe_bios_boot(Path(disk.path), fact.core_image_bytes)
        return fact.model_copy(update={"bios": bios})
    except OSError as error:
        message = f"cannot be read: {error.strerror or error}"
    except CommandError as error:
        message = f"cannot be mounted: {error.problems[0].message}"
        if _BUSY in message:
            # In a mount namespace of its own, or it would be among the mounts that we see.
            busy = Unreadable(code="esp-busy", message="another program has it mounted for itself")
            return _unreadable(fact.model_copy(update={"unclean": False}), busy)
    return _unreadable(fact, Unreadable(code="esp-unreadable", message=message))


def _bios_boot_sector(disk: DiskFact) -> int | None:
    """Where the BIOS boot partition begins; no BIOS starts from a disk with larger sectors."""
    parts = disk.partitions if disk.sector_size == SECTOR_BYTES else ()
    starts = (part.first_sector for part in parts if part.type_guid == BIOS_BOOT_TYPE)
    return next(starts, None)


def _with_header(fact: EspFact, header: FatHeader) -> EspFact:
    return fact.model_copy(
        update={
            "fat_id": header.fat_id,
            "label": header.label,
            # While it is mounted for writing it counts as unclean; only then that means nothing.
            "unclean": header.unclean and not (fact.mounts and not fact.read_only),
            "cluster_bytes": header.cluster_bytes,
        }
    )


def with_files(fact: EspFact, esp: Path, ids: Collection[str] | None) -> EspFact:
    """The ESP with what is on it, mounted at `esp`; read whole if it is one of `ids`, or ours.

    Without `ids` no file is read.
    """
    space = os.statvfs(esp)
    files = probe_files(esp)
    is_ours = any(_OWN_FOLDER.match(file.path) for file in files)
    if ids is not None and (fact.fat_id in ids or is_ours):
        files = with_checksums(esp, files)
    return fact.model_copy(
        update={
            "files": files,
            "free_bytes": space.f_bavail * space.f_frsize,
            "loader_conf": probe_text(esp, LOADER_CONF),
        }
    )


def _unreadable(fact: EspFact, reason: Unreadable) -> EspFact:
    return fact.model_copy(update={"unreadable": reason, "files": ()})


def _is_mounted(partition: PartitionFact, *, read_only: bool) -> bool:
    return any(
        mount.target in partition.mounts and ("ro" in mount.options) is read_only
        for mount in probe_mounts()
    )


@contextmanager
def looked_into(run: Runner, device: Path, *, shared: bool) -> Iterator[Path]:
    """A partition, mounted to be read; `shared` with whoever has it mounted for writing.

    The folder is no other process's: to remove it unmounts what others have mounted there, each in
    a namespace of its own. Only an empty one is removed.
    """
    LOOK_AT.mkdir(mode=0o700, parents=True, exist_ok=True)
    at = Path(tempfile.mkdtemp(prefix=f"{device.name}-", dir=LOOK_AT))
    run(boot_argv.look_into_esp(device, at, shared=shared))
    try:
        yield at
    finally:
        run(release_argv.unmount(at))
        at.rmdir()
