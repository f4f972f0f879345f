"""What a BIOS would find on a disk."""

from __future__ import annotations

from bedplate.model.value import Value


class BiosBootFact(Value):
    """GRUB's two images on a disk, as they were before grub-install wrote places into them.

    `boot_image` is the checksum of the code in the first sector, `None` where that is not GRUB's.
    It goes on at `core_sector`, in sectors of 512 bytes, where there are as many bytes of a core
    image as were asked for with the checksum `core_image`. `error` says why nothing is known.
    """

    boot_image: str | None = None
    core_sector: int | None = None
    core_image: str | None = None
    error: str | None = None
