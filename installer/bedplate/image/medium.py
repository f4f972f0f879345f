"""The installer medium: an ISO image that starts from CD and USB stick, under BIOS and UEFI.

Everything the live system needs is in `/live`; GRUB's menu is in `/boot/grub`. The UEFI loaders are
Debian's signed ones, whose GRUB finds the medium by the file `/.disk/info`.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from bedplate.run import Runner

ISO = "live.iso"
LABEL = "BEDPLATE"
_SECONDS = 600.0


def build_medium(
    image: Path, *, live: dict[str, Path], boot: Path, menu: Path, scratch: Path, run: Runner
) -> None:
    """Write the ISO `image` with the files `live` (by name) and the boot images in `boot`.

    `scratch` is a folder that may be filled; it should be on the file system of the files, which
    are then linked and not copied. Raises `CommandError`.
    """
    tree = scratch / "medium"
    grub = tree / "boot" / "grub"
    for folder in (grub, tree / "live", tree / ".disk"):
        folder.mkdir(parents=True)
    (tree / ".disk" / "info").write_text("bedplate installer\n")
    for name, path in live.items():
        link(path, tree / "live" / name)
    shutil.copy(menu, grub / "grub.cfg")
    shutil.copy(boot / "eltorito.img", grub / "eltorito.img")
    run(xorriso_argv(tree, boot, image), timeout=_SECONDS)


def xorriso_argv(tree: Path, boot: Path, image: Path) -> list[str]:
    """The command that packs `tree`; see xorrisofs(1) for each option."""
    return [
        *("xorriso", "-as", "mkisofs", "-quiet"),
        *("-rational-rock", "-joliet", "-volid", LABEL),
        # BIOS: El Torito for a CD, GRUB's boot sector for a stick. -boot-info-table patches the
        # file in the tree, which is why that one is a copy.
        *("-b", "boot/grub/eltorito.img", "-no-emul-boot", "-boot-load-size", "4"),
        *("-boot-info-table", "--grub2-boot-info", "--grub2-mbr", str(boot / "boot_hybrid.img")),
        # UEFI: the same FAT image as El Torito entry and as a partition of a stick.
        *("-append_partition", "2", "0xef", str(boot / "efi.img"), "-appended_part_as_gpt"),
        *("-eltorito-alt-boot", "-e", "--interval:appended_partition_2:all::", "-no-emul-boot"),
        *("-o", str(image), str(tree)),
    ]


def with_additions(image: Path, output: Path, additions: Mapping[str, Path], run: Runner) -> None:
    """Write the ISO `image` to `output` with more files or folders in its root, by their names.

    Whatever starts from it still does. Raises `CommandError`.
    """
    output.unlink(missing_ok=True)  # xorriso would add to what is there
    maps = (word for name, path in additions.items() for word in ("-map", path, f"/{name}"))
    run(
        (
            *("xorriso", "-indev", image, "-outdev", output, "-boot_image", "any", "replay"),
            *("-volid", LABEL, *maps, "-commit", "-end"),
        ),
        timeout=_SECONDS,
    )


def link(source: Path, target: Path) -> None:
    """Have a file at another place too, without copying it where that can be."""
    try:
        os.link(source, target)
    except OSError:  # another file system, or one without links
        shutil.copy(source, target)
