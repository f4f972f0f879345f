"""Files on a mounted ESP, written so that a power cut leaves the old ones or the new ones.

FAT has no journal, and frees the room of a file at once when its name goes to another. If that
reaches the disk before the new name does, the old name leads to somebody else's data. So a file
that is replaced is held open, which keeps its room, until the file system has been synced.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from bedplate.apply.kernel_calls import sync_filesystem
from bedplate.errors import ApplyError, Problem
from bedplate.model.esp import TEMPORARY
from bedplate.units import MIB

Chunks = Callable[[], Iterator[bytes]]
# The folders of kernels are made and removed with them; all others stay.
_KERNEL_FOLDERS = "EFI/proxmox"


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file to be: its path on the ESP and what is in it.

    `is_current` tells whether that is still what was meant to be there. To ask when a source was
    changed is enough: to sum it up once more, for every ESP, took longer than to write it.
    """

    path: str
    chunks: Chunks
    is_current: Callable[[], bool] = lambda: True


def chunks_of(place: Path) -> Chunks:
    """What is in a file, as often as it is asked for."""

    def read() -> Iterator[bytes]:
        with place.open("rb") as file:
            yield from iter(lambda: file.read(4 * MIB), b"")

    return read


def put_files(esp: Path, files: Iterable[NewFile], where: str) -> None:
    """Write files that belong together: none has its name before all are whole, and on the disk.

    Raises `ApplyError` about `where` if one does not read back as it was written, or is not what
    was planned, and `OSError` if the disk or its file system fails. Then no file has changed, or
    all are whole; nothing is left of those that have no name yet.
    """
    files = tuple(files)
    parts: list[Path] = []
    try:
        for file in files:
            parts.append(_part(esp / file.path))
            _write(parts[-1], file, where)
        _rename(esp, {part: esp / file.path for part, file in zip(parts, files, strict=True)})
    except (OSError, ApplyError):
        for part in parts:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)
        raise


def remove_files(esp: Path, paths: Iterable[str]) -> None:
    """Remove files, and the folder of a kernel that is empty then. Raises `OSError`."""
    for path in paths:
        place = esp / path
        place.unlink(missing_ok=True)
        folder = place.parent
        if folder.parent == esp / _KERNEL_FOLDERS and not any(folder.iterdir()):
            folder.rmdir()
    sync_filesystem(esp)


def write_failure(where: str, error: OSError) -> Problem:
    """What to say of an ESP that could not be written."""
    about = f" ({Path(error.filename).name})" if isinstance(error.filename, str) else ""
    message = f"cannot be written{about}: {error.strerror or error}"
    return Problem("esp-write-failed", where, message, "look at `dmesg` for what it says")


def _part(place: Path) -> Path:
    return place.with_name(place.name + TEMPORARY)


def _write(part: Path, file: NewFile, where: str) -> None:
    part.parent.mkdir(parents=True, exist_ok=True)
    with part.open("wb") as out:
        out.writelines(file.chunks())
        out.flush()
        os.fsync(out.fileno())
        # Dropped from memory, so that reading it again is reading the disk.
        os.posix_fadvise(out.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    pairs = zip_longest(chunks_of(part)(), file.chunks())
    is_copy = all(written == wanted for written, wanted in pairs)
    if not file.is_current():
        message = "was changed by somebody while it was copied"
        raise ApplyError(Problem("source-changed", f"{where}: {file.path}", message, "try again"))
    if not is_copy:
        message = "does not read back as it was written"
        hint = "the disk is failing: replace it"
        raise ApplyError(Problem("write-failed", f"{where}: {file.path}", message, hint))


def _rename(esp: Path, places: dict[Path, Path]) -> None:
    with ExitStack() as held:
        for part, place in places.items():
            if place.exists():
                held.enter_context(place.open("rb"))
            part.replace(place)
        sync_filesystem(esp)
