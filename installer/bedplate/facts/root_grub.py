"""GRUB for BIOS on a host where it reads the root file system itself, and what Debian knows of it.

Such a host has no list of ESPs, and in /boot/grub the images that its boot disks have.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path

from bedplate.facts.bios_boot import boot_image_checksum, probe_bios_boot
from bedplate.facts.mounts import probe_mounts
from bedplate.facts.tools import MissingTool, ask
from bedplate.model.boot_files import ESP_LIST, GRUB_MENU
from bedplate.model.facts import DiskFact
from bedplate.model.fat import SECTOR_BYTES
from bedplate.model.root_grub import RootGrub
from bedplate.run import Runner

_FOLDER = "boot/grub"
_DEVICES = re.compile(r"^[* ] grub-pc/install_devices:(.*)$", re.MULTILINE)
_PROGRAM = re.compile(r"^\S*grub-probe: (?:error: )?")


def probe_root_grub(
    run: Runner, disks: Iterable[DiskFact], root: Path = Path("/")
) -> RootGrub | None:
    """What GRUB has in /boot/grub, and on these disks; needs root.

    `None` where kernels are kept on ESPs, or GRUB for BIOS was never installed.
    """
    images = root / _FOLDER / "i386-pc"
    if (root / ESP_LIST.lstrip("/")).exists():
        return None
    try:
        boot, core = ((images / name).read_bytes() for name in ("boot.img", "core.img"))
    except (FileNotFoundError, NotADirectoryError):
        return None
    return RootGrub(
        boot_image=boot_image_checksum(boot),
        core_image=hashlib.sha256(core).hexdigest(),
        disks={
            disk.id: probe_bios_boot(Path(disk.path), len(core))
            for disk in disks
            if disk.sector_size == SECTOR_BYTES
        },
        has_menu=(root / GRUB_MENU.lstrip("/")).exists(),
        unreadable=_unreadable(run, root / _FOLDER),
    )


def probe_install_devices(run: Runner) -> tuple[str, ...]:
    """The disks that an upgrade of Debian's grub-pc installs GRUB on; none where nothing is set."""
    try:
        return parse_install_devices(ask(run, ["debconf-show", "grub-pc"], check=False).stdout)
    except MissingTool:
        return ()


def parse_install_devices(text: str) -> tuple[str, ...]:
    """The devices in what `debconf-show grub-pc` prints. debconf-show(1)."""
    match = _DEVICES.search(text)
    words = match[1].split(",") if match else []
    return tuple(word.strip() for word in words if word.strip())


def parse_probe_failure(text: str) -> str:
    """Why grub-probe(8) failed, from what it prints to stderr."""
    lines = [line for line in text.splitlines() if line.strip()]
    return _PROGRAM.sub("", lines[-1]).strip().rstrip(".") if lines else "it does not say why"


def _unreadable(run: Runner, folder: Path) -> str | None:
    """What GRUB has against a pool: one with features that it does not know, after an upgrade.

    Other file systems are not asked about. GRUB reads a btrfs that has lost a disk, and grub-probe
    does not.
    """
    if not _is_on_zfs(folder):
        return None
    try:
        found = ask(run, ["grub-probe", "--target=fs", str(folder)], check=False)
    except MissingTool:
        return None
    return parse_probe_failure(found.stderr) if found.code else None


def _is_on_zfs(folder: Path) -> bool:
    """Whether the last and longest mount above a folder is one of ZFS."""
    above = [mount for mount in probe_mounts() if folder.is_relative_to(mount.target)]
    nearest = max(above, key=lambda mount: len(Path(mount.target).parts), default=None)
    return nearest is not None and nearest.kind == "zfs"
