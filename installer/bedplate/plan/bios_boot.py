"""Whether GRUB for BIOS is where it should be on the disk of an ESP."""

from __future__ import annotations

from collections.abc import Iterator

from bedplate.model.esp import EspFact


def bios_faults(esp: EspFact, boot_image: str | None) -> Iterator[str]:
    """Why a BIOS would not start from the disk, outside of its ESP; at most one reason.

    `boot_image` is the checksum of the boot image of this host's GRUB.
    """
    found, core = esp.bios, esp.core_image
    if esp.bios_boot_sector is None:
        yield "has no BIOS boot partition, so GRUB for BIOS has no place on it"
    elif found is None or core is None:
        yield "its ESP has no core image of GRUB, so GRUB for BIOS was never installed from it"
    elif found.error is not None:
        yield f"cannot be read: {found.error}"
    elif found.boot_image is None:
        yield "has no GRUB in its first sector"
    elif found.boot_image != boot_image:
        yield "has a boot image in its first sector that is not the one of this host's GRUB"
    elif found.core_sector != esp.bios_boot_sector:
        yield (
            f"looks for GRUB at sector {found.core_sector}, "
            f"and its BIOS boot partition is at {esp.bios_boot_sector}"
        )
    elif core.sha256 != found.core_image:
        yield "has a core image of GRUB in its BIOS boot partition that is not the one of its ESP"
