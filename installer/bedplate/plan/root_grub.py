"""Which disks start a host whose GRUB for BIOS reads the root file system, and whether they do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bedplate.errors import Problem
from bedplate.model.bios_boot import BiosBootFact
from bedplate.model.facts import DiskFact
from bedplate.model.fat import SECTOR_BYTES
from bedplate.model.gpt import BIOS_BOOT_TYPE
from bedplate.model.root_grub import RootGrub
from bedplate.model.store import StoreFact
from bedplate.plan.bios_boot import Images, image_faults
from bedplate.plan.lost import members_on

_UNKNOWN = BiosBootFact(error="it was not there when GRUB was looked for")


def place_for_grub(disk: DiskFact) -> int | None:
    """The sector at which the BIOS boot partition of a disk begins, if a BIOS can start from it."""
    if disk.sector_size != SECTOR_BYTES:
        return None
    parts = (part for part in disk.partitions if part.type_guid == BIOS_BOOT_TYPE)
    return next((part.first_sector for part in parts), None)


def starts_by_grub(disk: DiskFact, grub: RootGrub) -> bool:
    """Whether a BIOS finds on a disk the GRUB that is in /boot/grub."""
    found = grub.disks.get(disk.id)
    return found is not None and found.core_image == grub.core_image


def grub_disks(
    grub: RootGrub, disks: Iterable[DiskFact], stores: tuple[StoreFact, ...]
) -> tuple[DiskFact, ...]:
    """The boot disks: those with this GRUB, and those with a place for it that the host uses."""
    return tuple(
        disk
        for disk in disks
        if starts_by_grub(disk, grub)
        or (place_for_grub(disk) is not None and (_is_used(disk) or members_on(disk, stores)))
    )


def grub_faults(disk: DiskFact, grub: RootGrub) -> Iterator[Problem]:
    """Why a BIOS would not start the host from this disk, as far as GRUB goes."""
    found = grub.disks.get(disk.id, _UNKNOWN)
    sector = place_for_grub(disk)
    if sector is None and disk.table == "dos":
        sector = found.core_sector  # in the gap behind the table, wherever GRUB found room
    images = Images(sector, grub.boot_image, grub.core_image, "/boot/grub")
    for message in image_faults(found, images):
        hint = f"`grub-install {disk.path}` mends it"
        yield Problem("bios-boot", disk.describe(), message, hint)
    if grub.unreadable is not None:
        yield unreadable(grub.unreadable, disk.describe())


def _is_used(disk: DiskFact) -> bool:
    return any(device.mounts or device.swap or device.holders for device in disk.devices)


def unreadable(reason: str, where: str) -> Problem:
    """A pool that has features by now which GRUB does not know; the manual: ZFS Pool Features."""
    message = (
        f"has a GRUB that cannot read /boot/grub ({reason}): the host would not start again. "
        "Was the pool upgraded?"
    )
    hint = (
        "keep its kernels on ESPs from now on: `bedplate esp format PARTITION`, then "
        "`bedplate esp init PARTITION`"
    )
    return Problem("grub-cannot-read", where, message, hint)
