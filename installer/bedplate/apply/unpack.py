"""The base system: its checksum, and its way onto the disks."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from pathlib import Path

from bedplate.apply.interrupt import raise_if_interrupted
from bedplate.errors import Problem, RefusedError
from bedplate.model.step import VerifyArtefact
from bedplate.run import Runner
from bedplate.units import MIB

Progress = Callable[[float], None]
_PERCENT = re.compile(r"(\d+)%?")
_UNPACK_DEADLINE_SECONDS = 7200.0


def verify_artefact(step: VerifyArtefact, images: Path, progress: Progress) -> None:
    """Raise `RefusedError` unless a file is the one that the manifest lists."""
    path = images / step.artefact
    if not path.is_file():
        message = "the base system to install is not there"
        raise RefusedError(Problem("artefact-missing", str(path), message))
    size = path.stat().st_size
    if size != step.size_bytes:
        message = f"is {size} bytes long, the manifest says {step.size_bytes}"
        raise RefusedError(_damaged(path, message))
    found = _sha256(path, size, progress)
    if found != step.sha256:
        message = f"has the SHA-256 {found}, the manifest says {step.sha256}"
        raise RefusedError(_damaged(path, message))


def unpack_base(run: Runner, image: Path, root: Path, progress: Progress) -> None:
    """Extract a squashfs over a folder. unsquashfs(1)."""

    def heard(line: str) -> None:
        match = _PERCENT.fullmatch(line.strip())
        if match:
            progress(min(int(match[1]), 100) / 100)

    run(
        ["unsquashfs", "-force", "-percentage", "-dest", root, image],
        timeout=_UNPACK_DEADLINE_SECONDS,
        on_line=heard,
    )


def _sha256(path: Path, size: int, progress: Progress) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        done = 0
        while chunk := file.read(4 * MIB):
            digest.update(chunk)
            done += len(chunk)
            progress(done / size)
            raise_if_interrupted()
    return digest.hexdigest()


def _damaged(path: Path, message: str) -> Problem:
    hint = "fetch the images again; a medium that changes what it holds is dying"
    return Problem("artefact-damaged", str(path), message, hint)
