"""The programs in the folder `hooks` of the install medium: `hooks/POINT/NAME`, by their names."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from bedplate.errors import FactsError, Problem
from bedplate.model.hook import HOOK_POINTS, HOOK_SECONDS, Hook, HookPoint
from bedplate.model.program import PROGRAM_BYTES, is_program, text_or_hex
from bedplate.units import human

FOLDER = "hooks"
LIVE = "live"


def hooks_of_medium(images: Path, seconds: int) -> tuple[Hook, ...]:
    """Those in the root of the medium, or beside the images; each may take so many seconds.

    Raises `FactsError` with everything in there that is none.
    """
    folder = next((place for place in places_of(images, FOLDER) if place.is_dir()), None)
    return () if folder is None else hooks_in(folder, seconds)


def places_of(images: Path, name: str) -> tuple[Path, ...]:
    """Where something of a medium may be: in its root, above the folder `live`, or beside images.

    What is above any other folder with images is not the medium's: others may write there.
    """
    root = (images.parent / name,) if images.name == LIVE else ()
    return (*root, images / name)


def hooks_in(folder: Path, seconds: int = HOOK_SECONDS) -> tuple[Hook, ...]:
    """Those in a folder. Raises `FactsError` with everything in there that is none."""
    if not folder.is_dir():
        raise FactsError(Problem("hook-unusable", str(folder), "is no folder"))
    found = [
        _read(place, point, seconds, folder)
        for point in HOOK_POINTS
        for place in sorted((folder / point).glob("*"))
    ]
    problems = (*_strangers(folder), *(one for one in found if isinstance(one, Problem)))
    if problems:
        raise FactsError(problems)
    return tuple(one for one in found if isinstance(one, Hook))


def _strangers(folder: Path) -> Iterator[Problem]:
    for place in sorted(folder.iterdir()):
        if place.name not in HOOK_POINTS and place.name != "README":
            message = "is no point of an installation"
            yield Problem(
                "hook-unusable", str(place), message, f"known are {', '.join(HOOK_POINTS)}"
            )
        elif place.name in HOOK_POINTS and not place.is_dir():
            message = "is no folder: the programs for a point are in one of its name"
            yield Problem("hook-unusable", str(place), message)


def _read(place: Path, point: HookPoint, seconds: int, folder: Path) -> Hook | Problem:
    where = str(place)
    try:
        real = place.resolve(strict=True)
        mode = real.stat().st_mode
        if not stat.S_ISREG(mode) or not real.is_relative_to(folder.resolve()):
            return Problem("hook-unusable", where, "is no file in that folder")
        if not os.access(real, os.X_OK):
            return Problem("hook-unusable", where, "is not executable", "`chmod +x`, or remove it")
        with real.open("rb") as file:
            data = file.read(PROGRAM_BYTES + 1)
    except OSError as error:
        return Problem("hook-unusable", where, f"cannot be read: {error.strerror}")
    if len(data) > PROGRAM_BYTES:
        return Problem("hook-unusable", where, f"is larger than {human(PROGRAM_BYTES)}")
    if not is_program(data):
        return Problem("hook-unusable", where, "is neither a script with a `#!` line nor an ELF")
    name = f"{FOLDER}/{point}/{place.name}"
    text, digits = text_or_hex(data)
    return Hook(point=point, name=name, text=text or "", hex=digits, timeout_seconds=seconds)
