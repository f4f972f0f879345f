"""Disk images: blank ones, and throw-away overlays over ones that must not change."""

from __future__ import annotations

from pathlib import Path

from bedplate.lab.machine import Disk
from bedplate.run import run


def create_disk(disk: Disk, size_bytes: int) -> Disk:
    """Make the blank image of a disk; it takes room only as it is written to."""
    run(["qemu-img", "create", "-q", "-f", disk.format, disk.path, str(size_bytes)])
    return disk


def overlay(disk: Disk, folder: Path) -> Disk:
    """A disk like another one whose changes go to a file in `folder`, and not into the original."""
    path = folder / f"{disk.serial}.overlay"
    run(["qemu-img", "create", "-q", "-f", "qcow2", "-F", disk.format, "-b", disk.path, path])
    return disk.model_copy(update={"path": path, "format": "qcow2"})
