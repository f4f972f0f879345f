"""The program of a host's first start, from the install medium or from an address."""

from __future__ import annotations

from pathlib import Path

from bedplate.errors import FactsError, Problem
from bedplate.facts.apt_config import AptAccess
from bedplate.facts.fetch import TOO_LARGE, fetcher, without_login
from bedplate.facts.medium_hooks import places_of
from bedplate.model.program import PROGRAM_BYTES, is_program
from bedplate.units import human

FROM_MEDIUM = "proxmox-first-boot"
"""The file of the medium, named as the original's."""


def program_of_medium(images: Path) -> bytes:
    """The program in the root of the medium, or beside the images. Raises `FactsError`."""
    places = places_of(images, FROM_MEDIUM)
    place = next((place for place in places if place.is_file()), None)
    if place is None:
        elsewhere = "".join(f", and neither is {other}" for other in places[1:])
        message = f"is not there{elsewhere}: the medium has no such program"
        hint = "`bedplate image iso --first-boot FILE` makes a medium with one"
        raise FactsError(Problem("first-boot-missing", str(places[0]), message, hint))
    return read_program(place)


def read_program(place: Path) -> bytes:
    """The program in a file. Raises `FactsError` if it is none."""
    try:
        with place.open("rb") as file:
            data = file.read(PROGRAM_BYTES + 1)
    except OSError as error:
        message = f"cannot be read: {error.strerror}"
        raise FactsError(Problem("first-boot-missing", str(place), message)) from error
    if len(data) > PROGRAM_BYTES:
        message = f"is larger than the {human(PROGRAM_BYTES)} that such a program may have"
        raise FactsError(Problem(TOO_LARGE, str(place), message))
    return _program(str(place), data)


def program_at(url: str, fingerprint: str | None) -> bytes:
    """The program at an address; with a `fingerprint` that server's certificate has to have it.

    Raises `FactsError`.
    """
    shown = without_login(url)
    data = fetcher(AptAccess(), fingerprint)(url, PROGRAM_BYTES)
    if data is None:
        raise FactsError(Problem("not-fetched", shown, "is not there: the server has no such file"))
    return _program(shown, data)


def _program(where: str, data: bytes) -> bytes:
    if not is_program(data):
        message = "is no program: neither a script with a `#!` line nor an ELF executable"
        raise FactsError(Problem("no-program", where, message))
    return data
