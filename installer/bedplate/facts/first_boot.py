"""The program of a host's first start, from the install medium or from an address."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import urllib3
from urllib3.exceptions import HTTPError

from bedplate.errors import FactsError, Problem
from bedplate.facts.fetch import CONNECT_SECONDS, READ_SECONDS, without_login
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
            return _bounded(str(place), file.read(PROGRAM_BYTES + 1))
    except OSError as error:
        message = f"cannot be read: {error.strerror}"
        raise FactsError(Problem("first-boot-missing", str(place), message)) from error


def program_at(url: str, fingerprint: str | None) -> bytes:
    """The program at an address; with a `fingerprint` that server's certificate has to have it.

    Then nobody else has to vouch for it. Raises `FactsError`.
    """
    pinned: dict[str, Any] = {}
    if fingerprint is not None:
        pinned = {"cert_reqs": "CERT_NONE", "assert_fingerprint": fingerprint}
    timeout = urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS)
    shown = without_login(url)
    try:
        with urllib3.PoolManager(num_pools=1, **pinned) as pool:
            answer = pool.request("GET", url, timeout=timeout, preload_content=False, retries=3)
            try:
                if answer.status != 200:
                    message = f"cannot be fetched: the server answers with {answer.status}"
                    raise FactsError(Problem("not-fetched", shown, message))
                return _bounded(shown, answer.read(PROGRAM_BYTES + 1))
            finally:
                answer.release_conn()
    except HTTPError as error:
        deeper = getattr(error, "reason", None) or error
        reason = str(deeper).rpartition(">: ")[2].rpartition("): ")[2]
        message = f"cannot be fetched: {reason.replace(url, shown)}"
        raise FactsError(Problem("not-fetched", shown, message)) from error


def _bounded(where: str, data: bytes) -> bytes:
    if len(data) > PROGRAM_BYTES:
        message = f"is larger than the {human(PROGRAM_BYTES)} that such a program may have"
        raise FactsError(Problem("too-large", where, message))
    if not is_program(data):
        message = "is no program: neither a script with a `#!` line nor an ELF executable"
        raise FactsError(Problem("no-program", where, message))
    return data
