"""What an answer file asks for and does not have itself, brought before anything is planned."""

from __future__ import annotations

from pathlib import Path

from bedplate.errors import FactsError, Problem, RefusedError
from bedplate.facts.medium_hooks import hooks_of_medium
from bedplate.model.first_boot import FirstBoot
from bedplate.model.program import text_or_hex
from bedplate.model.request import Request


def with_brought(request: Request, images: Path) -> Request:
    """The request with the program of the first start, and with the programs of the medium.

    Those of the medium run before those of the answer file. Raises `RefusedError` with everything
    that cannot be had.
    """
    problems: list[Problem] = []
    asked, hooks = request.first_boot, request.hooks
    try:
        hooks = (*hooks_of_medium(images, request.hook_seconds), *hooks)
    except FactsError as error:
        problems += error.problems
    if asked is not None and asked.source not in (None, "from-answer"):
        try:
            asked = _with_program(asked, images)
        except FactsError as error:
            problems += error.problems
    if problems:
        raise RefusedError(problems)
    return request.model_copy(update={"first_boot": asked, "hooks": hooks})


def _with_program(asked: FirstBoot, images: Path) -> FirstBoot:
    # Few answer files ask for one.
    from bedplate.facts.first_boot import program_at, program_of_medium

    if asked.source == "from-url":
        assert asked.url is not None, "checked with the answer file"
        data = program_at(asked.url, asked.cert_fingerprint)
    else:
        data = program_of_medium(images)
    text, digits = text_or_hex(data)
    return asked.model_copy(update={"program": text, "program_hex": digits})
