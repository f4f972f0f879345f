"""The base system: its checksum, and its way onto the disks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from itertools import zip_longest
from pathlib import Path

from bedplate.apply.artefacts import Artefacts
from bedplate.apply.interrupt import raise_if_interrupted
from bedplate.errors import Problem, RefusedError
from bedplate.model.artefacts import PIECE_BYTES, PieceDigest
from bedplate.model.step import VerifyArtefact
from bedplate.render import target_argv
from bedplate.run import FileInput, Runner
from bedplate.units import MIB

Progress = Callable[[float], None]
_PERCENT = re.compile(r"(\d+)%?")
_UNPACK_DEADLINE_SECONDS = 7200.0


def verify_artefact(step: VerifyArtefact, artefacts: Artefacts, progress: Progress) -> None:
    """Raise `RefusedError` unless a file is the one that the manifest lists."""
    path = artefacts.path(step.artefact)
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
    try:
        wrong = _wrong_pieces(artefacts.digests(step.artefact), step.pieces, progress)
    except OSError as error:
        raise RefusedError(_damaged(path, f"cannot be read: {error.strerror}")) from error
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


def stream_of(image: Path, progress: Progress) -> FileInput:
    """A file system stream for `zfs receive` to read, which says how far it is."""
    size = max(image.stat().st_size, 1) if image.is_file() else 1
    return FileInput(image, lambda read: progress(min(read / size, 1.0)))


def _wrong_pieces(
    digests: Iterable[PieceDigest], pieces: tuple[PieceDigest, ...], progress: Progress
) -> list[int]:
    """Numbers of the pieces that are not what they should be."""
    wrong: list[int] = []
    for number, (found, wanted) in enumerate(zip_longest(digests, pieces)):
        raise_if_interrupted()
        progress((number + 1) / len(pieces))
        wrong += [number] if found != wanted else []
    return wrong


def _damaged(path: Path, message: str) -> Problem:
    hint = "fetch the images again; a medium that changes what it holds is dying"
    return Problem("artefact-damaged", str(path), message, hint)
