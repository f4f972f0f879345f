"""What an answer file asks for and does not have itself, brought before anything is planned."""

from __future__ import annotations

from pathlib import Path

from bedplate.model.first_boot import FirstBoot
from bedplate.model.request import Request


def with_brought(request: Request, images: Path) -> Request:
    """The request with the program of the first start in it. Raises `FactsError`."""
    asked = request.first_boot
    if asked is None or asked.source in (None, "from-answer"):
        return request
    return request.model_copy(update={"first_boot": _with_program(asked, images)})


def _with_program(asked: FirstBoot, images: Path) -> FirstBoot:
    # Few answer files ask for one.
    from bedplate.facts.first_boot import program_at, program_of_medium

    if asked.source == "from-url":
        assert asked.url is not None, "checked with the answer file"
        data = program_at(asked.url, asked.cert_fingerprint)
    else:
        data = program_of_medium(images)
    try:
        return asked.model_copy(update={"program": data.decode()})
    except UnicodeDecodeError:
        return asked.model_copy(update={"program_hex": data.hex()})
