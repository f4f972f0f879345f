"""Packs folders with mksquashfs(1)."""

from __future__ import annotations

from pathlib import Path

from bedplate.image.overlay import Overlay, run_loudly
from bedplate.image.progress import SquashProgress, Stage
from bedplate.run import Runner

_SECONDS = 1800.0
# zstd 3 packs a whole base in seconds and unpacks as fast as any level.
OPTIONS = ("-comp", "zstd", "-Xcompression-level", "3", "-noappend", "-no-recovery", "-progress")


def squash(folder: Path, image: Path, *, stage: Stage, run: Runner) -> int | None:
    """Pack a folder into a new squashfs; returns the bytes of its contents. Raises
    `CommandError`.
    """
    progress = SquashProgress(stage)
    argv = ("mksquashfs", folder, image, *OPTIONS)
    run_loudly(run, argv, timeout=_SECONDS, on_line=progress)
    return progress.unpacked_bytes


def squash_overlay(overlay: Overlay, image: Path, *, stage: Stage, run: Runner) -> int | None:
    """Pack what an overlay shows, both layers as one; otherwise as `squash`."""
    progress = SquashProgress(stage)
    argv = ("mksquashfs", overlay.root, image, *OPTIONS)
    overlay.run(run, argv, timeout=_SECONDS, on_line=progress)
    return progress.unpacked_bytes
