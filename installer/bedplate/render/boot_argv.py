"""The commands that make a disk start: its ESP mounted, GRUB for BIOS, the firmware's entries."""

from __future__ import annotations

from collections.abc import Sequence

from bedplate.model.plan import PartitionPlan
from bedplate.model.step import AddBootEntry
from bedplate.render.argv import Argv, Place, behind

# FAT knows no owners: without it anybody could read what is on an ESP.
ESP_MOUNT_OPTIONS = ("-t", "vfat", "-o", "umask=0077")


def look_into_esp(place: Place, at: Place, *, shared: bool) -> Argv:
    """Mount an ESP without writing to it, mount(8); `shared` if it is mounted for writing already.

    Then the kernel refuses to mount it read-only, and reading would note when files were read.
    """
    options = "noatime" if shared else "ro,noatime"
    return ["mount", "-t", "vfat", "-o", f"{options},nodev,noexec,nosuid,umask=0077", place, at]


def install_grub(disk: Place, boot_directory: Place) -> Argv:
    """Put GRUB's boot sector and core image on a disk. grub-install(8)."""
    directory = behind("--boot-directory=", boot_directory)
    return ["grub-install", "--target=i386-pc", "--no-floppy", directory, disk]


def set_selections() -> Argv:
    """Answer questions of packages, which come by stdin. debconf-set-selections(1)."""
    return ["debconf-set-selections"]


def install_devices(devices: Sequence[str]) -> str:
    """What answers the question of Debian's grub-pc where it is to be installed."""
    return f"grub-pc grub-pc/install_devices multiselect {', '.join(devices)}\n"


def add_boot_entry(step: AddBootEntry, disk: Place, partition: PartitionPlan) -> list[Argv]:
    """Add an entry to the firmware's boot list. efibootmgr(8)."""
    return [
        ["efibootmgr", "--quiet", "--create"],
        ["--disk", disk, "--part", str(partition.number)],
        ["--label", step.label, "--loader", step.loader],
    ]


def add_numbered_entry(
    number: int, disk: Place, partition: int, label: str, loader: str
) -> list[Argv]:
    """Add an entry under a number that is free, which is not tried yet. efibootmgr(8)."""
    return [
        ["efibootmgr", "--quiet", "--create-only", "--bootnum", _hex(number)],
        ["--disk", disk, "--part", str(partition)],
        ["--label", label, "--loader", loader],
    ]


def remove_boot_entry(number: int) -> Argv:
    """Remove an entry, also from the order. efibootmgr(8)."""
    return ["efibootmgr", "--quiet", "--delete-bootnum", "--bootnum", _hex(number)]


def set_boot_order(order: Sequence[int]) -> Argv:
    """Say in which order entries are tried. efibootmgr(8)."""
    return ["efibootmgr", "--quiet", "--bootorder", ",".join(map(_hex, order))]


def _hex(number: int) -> str:
    return f"{number:04X}"


def rebuild_initramfs() -> Argv:
    """Make the initramfs of every kernel anew. update-initramfs(8)."""
    return ["update-initramfs", "-u", "-k", "all"]


def update_grub() -> Argv:
    """Make the menu of the GRUB that reads the root file system anew. update-grub(8)."""
    return ["update-grub"]
