"""ESPs as they were found, and where the files come from that belong on them.

Paths on an ESP are relative and have slashes. FAT tells no upper from lower case, so they are
compared by `fat_name`, whatever case the program used that wrote them.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import Field

from bedplate.model.bios_boot import BiosBootFact
from bedplate.model.value import Value

LOADER_CONF = "loader/loader.conf"

SYSTEMD_BOOT = "/usr/lib/systemd/boot/efi/systemd-bootx64.efi"
SHIM = "/usr/lib/shim/shimx64.efi.signed"
MOK_MANAGER = "/usr/lib/shim/mmx64.efi.signed"
SIGNED_GRUB = "/usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed"
LOADER_SOURCES = (SYSTEMD_BOOT, SHIM, MOK_MANAGER, SIGNED_GRUB)
BIOS_GRUB_SOURCES = "/usr/lib/grub/i386-pc"
BIOS_GRUB_CORE = "grub/i386-pc/core.img"
TEMPORARY = ".bedplate-new"
"""Ends the name of a file that is not whole yet; whatever is left over with it is of no use."""


class LoaderKind(StrEnum):
    """A boot loader for UEFI."""

    GRUB = "grub"
    SYSTEMD_BOOT = "systemd-boot"


class EspFile(Value):
    """A file on an ESP; `sha256` is there if somebody wanted it read."""

    path: str
    size_bytes: int
    sha256: str | None = None


class Unreadable(Value):
    """Why nothing is known of what is on an ESP."""

    code: Literal["esp-no-fat", "esp-unreadable", "esp-busy"]
    message: str


class EspFact(Value):
    """A partition that is an ESP by its type, or is listed as one.

    `disk` is the stable id of its disk, `title` model, serial and path of that. `disk_in_use` says
    whether the running system uses anything else on the disk. `bios_boot_sector` is where its BIOS
    boot partition begins, and `bios` what a BIOS would find on the disk. `unclean` means that it
    was not unmounted properly; `read_only`, that it cannot be written. `loader_conf` is what
    loader/loader.conf says.
    """

    disk: str
    title: str
    path: str
    number: int
    serial: str | None = None
    guid: str | None = None
    type_guid: str | None = None
    size_bytes: int
    sector_size: int = 512
    disk_in_use: bool = False
    bios_boot_sector: int | None = None
    bios: BiosBootFact | None = None
    fat_id: str | None = None
    label: str | None = None
    mounts: tuple[str, ...] = ()
    read_only: bool = False
    unclean: bool = False
    cluster_bytes: int = 0
    free_bytes: int = 0
    files: tuple[EspFile, ...] = ()
    loader_conf: str | None = None
    unreadable: Unreadable | None = None

    @property
    def core_image(self) -> EspFile | None:
        """The core image that GRUB for BIOS was installed from, if it was."""
        wanted = fat_name(BIOS_GRUB_CORE)
        return next((file for file in self.files if fat_name(file.path) == wanted), None)

    @property
    def core_image_bytes(self) -> int:
        """The size of that image; 0 if there is none."""
        return self.core_image.size_bytes if self.core_image is not None else 0

    def describe(self) -> str:
        """Where it is, for people: `/dev/sda2 (MODEL, serial X, /dev/sda)`."""
        return f"{self.path} ({self.title})"


class SourceFile(Value):
    """A file of the host that ESPs get copies of, and when it was last changed."""

    path: str
    size_bytes: int
    sha256: str
    mtime_ns: int = 0


class UuidList(Value):
    """/etc/kernel/proxmox-boot-uuids: the FAT ids, and the lines that are none."""

    ids: tuple[str, ...] = ()
    damaged: tuple[str, ...] = ()


class EspFacts(Value):
    """Everything about the ESPs of a machine at one moment.

    Without `listed` nobody looks after them. `unread_disks` are the disks that could not be read,
    which may have more of them. `known_disks` tells, by FAT id, the disks of a fresh installation.
    `partitions` are the GUIDs of all partitions of the machine, `boot_image` is the checksum of the
    boot image that this host's GRUB would install for BIOS.
    """

    listed: UuidList | None = None
    esps: tuple[EspFact, ...] = ()
    sources: tuple[SourceFile, ...] = ()
    unread_disks: tuple[str, ...] = ()
    known_disks: dict[str, str] = Field(default_factory=dict)
    partitions: tuple[str, ...] = ()
    boot_image: str | None = None

    @property
    def listed_ids(self) -> tuple[str, ...]:
        """The FAT ids of the ESPs that are looked after, none without a list."""
        return self.listed.ids if self.listed is not None else ()


def fat_name(path: str) -> str:
    """What two paths on an ESP have in common if FAT takes them for the same."""
    return path.casefold()
