"""What is on an ESP, file by file, and the host's files that ESPs have copies of."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

from bedplate.model.esp import BIOS_GRUB_SOURCES, TEMPORARY, EspFile, SourceFile


class SenselessNameError(OSError):
    """A name on an ESP that nobody can have given it: what it is in is damaged."""


def probe_files(esp: Path) -> tuple[EspFile, ...]:
    """Every file below a mounted ESP and its size, sorted by path.

    Raises `OSError` if that cannot be read, or reads as what can be no name.
    """
    found: list[EspFile] = []
    for folder, folders, names in os.walk(esp, onerror=_raise):
        for name in (*folders, *names):
            if not name.isprintable():
                raise SenselessNameError(f"has the name {name!r} in it")
        for name in names:
            place = Path(folder, name)
            path = place.relative_to(esp).as_posix()
            found.append(EspFile(path=path, size_bytes=place.stat().st_size))
    return tuple(sorted(found, key=lambda file: file.path))


def with_checksums(esp: Path, files: Iterable[EspFile]) -> tuple[EspFile, ...]:
    """The files with the checksum of what is in them. Raises `OSError` if one cannot be read.

    One that a power cut left unfinished has none: it is of no use, and may well be unreadable.
    """
    return tuple(
        file
        if file.path.endswith(TEMPORARY)
        else file.model_copy(update={"sha256": _sha256(esp / file.path)})
        for file in files
    )


def probe_text(esp: Path, path: str) -> str | None:
    """What a small text file on an ESP says; `None` if it is not there."""
    try:
        return (esp / path).read_text(errors="replace")
    except FileNotFoundError:
        return None


def probe_sources(paths: Iterable[str], root: Path = Path("/")) -> tuple[SourceFile, ...]:
    """Those of the host's files that are there, and the modules of GRUB for BIOS, read whole."""
    modules = sorted((root / BIOS_GRUB_SOURCES.lstrip("/")).glob("*.mod"))
    places = [root / path.lstrip("/") for path in dict.fromkeys(paths)]
    return tuple(_source(place, root) for place in (*places, *modules) if place.is_file())


def _source(place: Path, root: Path) -> SourceFile:
    # First, so that what changes while it is read counts as changed since.
    found = place.stat()
    return SourceFile(
        path=f"/{place.relative_to(root).as_posix()}",
        size_bytes=found.st_size,
        sha256=_sha256(place),
        mtime_ns=found.st_mtime_ns,
    )


def _sha256(place: Path) -> str:
    with place.open("rb", buffering=0) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _raise(error: OSError) -> None:
    raise error
