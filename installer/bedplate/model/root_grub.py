"""GRUB for BIOS where it reads the root file system itself, and no ESP has any part in it."""

from __future__ import annotations

from pydantic import Field

from bedplate.model.bios_boot import BiosBootFact
from bedplate.model.value import Value


class RootGrub(Value):
    """What GRUB was last installed from, and what there is of it on the disks of the host.

    `boot_image` and `core_image` are the checksums of its two images in /boot/grub, `disks` what a
    BIOS would find on each disk, by stable ids. `has_menu` says whether there is a menu for it.
    `unreadable` is what GRUB says of a file system below /boot/grub that it cannot read (any more).
    """

    boot_image: str
    core_image: str
    disks: dict[str, BiosBootFact] = Field(default_factory=dict)
    has_menu: bool = True
    unreadable: str | None = None
