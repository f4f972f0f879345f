"""The commands that make a disk start: its ESP mounted, GRUB for BIOS, the firmware's entry."""

from __future__ import annotations

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


def add_boot_entry(step: AddBootEntry, disk: Place, partition: PartitionPlan) -> list[Argv]:
    """Add an entry to the firmware's boot list. efibootmgr(8)."""
    return [
        ["efibootmgr", "--quiet", "--create"],
        ["--disk", disk, "--part", str(partition.number)],
        ["--label", step.label, "--loader", step.loader],
    ]


def update_grub() -> Argv:
    """Make the menu of the GRUB that reads the root file system anew. update-grub(8)."""
    return ["update-grub"]
