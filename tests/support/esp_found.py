"""What a loader would find on an ESP, without bedplate: inside a user-mode-linux machine."""

from __future__ import annotations

import functools
import hashlib
import random
import re
from pathlib import Path
from typing import Any

from bedplate.run import run
from bedplate.units import MIB


def found_on(disk: str) -> dict[str, Any]:
    """Checksums by path, and the kernels that each of the two menus of a disk's ESP names."""
    at = Path("/run/found")
    at.mkdir(exist_ok=True)
    run(["mount", "-t", "vfat", "-o", "ro", f"{disk}2", at])
    try:
        files = [place for place in at.rglob("*") if place.is_file()]
        menu = at / "grub/grub.cfg"
        text = menu.read_text() if menu.exists() else ""
        entries = (at / "loader/entries").glob("*.conf")
        return {
            "files": {place.relative_to(at).as_posix(): _checksum(place) for place in files},
            "grub": re.findall(r"linux /EFI/proxmox/(\S+)/vmlinuz", text),
            "systemd-boot": [
                version
                for entry in entries
                for version in re.findall(r"linux\s+/EFI/proxmox/(\S+)/vmlinuz", entry.read_text())
            ],
        }
    finally:
        run(["umount", at])


def whole(esp: dict[str, Any], versions: set[str], editions: set[str], initrd_mib: int) -> set[str]:
    """The kernels that both menus name and that are there as one of the editions, byte for byte."""
    right = {
        version: {_initrd(version, edition, initrd_mib) for edition in editions}
        for version in versions
    }
    return {
        version
        for version in set(esp["grub"]) & set(esp["systemd-boot"])
        if esp["files"].get(f"EFI/proxmox/{version}/initrd.img-{version}") in right[version]
    }


@functools.cache
def _initrd(version: str, edition: str, mib: int) -> str:
    """The checksum of the initramfs that `esp_host.make_host` makes."""
    return hashlib.sha256(random.Random(version + edition).randbytes(mib * MIB)).hexdigest()


def _checksum(place: Path) -> str:
    """What is not finished yet cannot even be read, where its clusters are not on the disk."""
    try:
        return hashlib.sha256(place.read_bytes()).hexdigest()
    except OSError:
        return "unreadable"
