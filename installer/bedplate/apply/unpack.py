"""The base system: its checksum, and its way onto the disks."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bedplate.apply.interrupt import raise_if_interrupted
from bedplate.errors import Problem, RefusedError
from bedplate.model.manifest import PIECE_BYTES, piece_digest
from bedplate.model.step import VerifyArtefact
from bedplate.render import target_argv
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
    if len(step.pieces) * PIECE_BYTES < size:
        message = f"has {size} bytes, the manifest has checksums for {len(step.pieces)} pieces only"
        raise RefusedError(_damaged(path, message))
    wrong = _wrong_pieces(path, step.pieces, progress)
    if wrong:
        message = f"differs from the manifest in the MiB from {wrong[0] * PIECE_BYTES // MIB} on"
        raise RefusedError(_damaged(path, message))


def unpack_base(run: Runner, image: Path, root: Path, progress: Progress) -> None:
    """Extract a squashfs over a folder, and say how far it is."""

    def heard(line: str) -> None:
        match = _PERCENT.fullmatch(line.strip())
        if match:
            progress(min(int(match[1]), 100) / 100)

    run(
        target_argv.unpack(image, root, percentage=True),
        timeout=_UNPACK_DEADLINE_SECONDS,
        on_line=heard,
    )


def _wrong_pieces(path: Path, pieces: tuple[str, ...], progress: Progress) -> list[int]:
    """Numbers of the pieces that are not what they should be; all processors look."""

    def is_wrong(number: int) -> bool:
        raise_if_interrupted()
        piece = os.pread(file.fileno(), PIECE_BYTES, number * PIECE_BYTES)
        return piece_digest(piece) != pieces[number]

    wrong: list[int] = []
    with path.open("rb") as file, ThreadPoolExecutor(os.cpu_count()) as pool:
        for number, differs in enumerate(pool.map(is_wrong, range(len(pieces)))):
            progress((number + 1) / len(pieces))
            wrong += [number] if differs else []
    return wrong


def _damaged(path: Path, message: str) -> Problem:
    hint = "fetch the images again; a medium that changes what it holds is dying"
    return Problem("artefact-damaged", str(path), message, hint)
