"""Whether GRUB for BIOS is where it should be on a disk, outside of what it reads then."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bedplate.model.bios_boot import BiosBootFact
from bedplate.model.esp import EspFact


@dataclass(frozen=True, slots=True)
class Images:
    """What a disk should have: where, the checksums of both images, and whose the core image is."""

    sector: int | None
    boot_image: str | None
    core_image: str | None
    kept: str


def bios_faults(esp: EspFact, boot_image: str | None) -> Iterator[str]:
    """Why a BIOS would not start from the disk of an ESP; at most one reason.

    `boot_image` is the checksum of the boot image of this host's GRUB.
    """
    found, core, sector = esp.bios, esp.core_image, esp.bios_boot_sector
    if sector is not None and (found is None or core is None):
        yield "its ESP has no core image of GRUB, so GRUB for BIOS was never installed from it"
        return
    core_image = core.sha256 if core is not None else None
    yield from image_faults(
        found or BiosBootFact(), Images(sector, boot_image, core_image, "its ESP")
    )


def image_faults(found: BiosBootFact, wanted: Images) -> Iterator[str]:
    """Why a BIOS would not start from a disk, outside of what GRUB reads; at most one reason."""
    if wanted.sector is None:
        yield "has no BIOS boot partition, so GRUB for BIOS has no place on it"
    elif found.error is not None:
        yield f"cannot be read: {found.error}"
    elif found.boot_image is None:
        yield "has no GRUB in its first sector"
    elif found.boot_image != wanted.boot_image:
        yield "has a boot image in its first sector that is not the one of this host's GRUB"
    elif found.core_sector != wanted.sector:
        yield (
            f"looks for GRUB at sector {found.core_sector}, "
            f"and its BIOS boot partition is at {wanted.sector}"
        )
    elif found.core_image != wanted.core_image:
        yield (
            "has a core image of GRUB in its BIOS boot partition that is not the one of "
            f"{wanted.kept}"
        )
