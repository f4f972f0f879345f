"""What pydantic has against a value, as problems that an operator can act on."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from pydantic import ValidationError

from bedplate.errors import Problem

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


def key_path(parts: Iterable[str | int]) -> str:
    """A key path as TOML writes it: `disk-setup.zfs.raid`, `global.root-ssh-keys[1]`."""
    text = ""
    for part in parts:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            key = part if _BARE_KEY.fullmatch(part) else json.dumps(part)
            text += f".{key}" if text else key
    return text


def problems_in(error: ValidationError, code: str, file: str, hint: str = "") -> list[Problem]:
    """Every mistake in a file, each with the path of its key; none quotes the value that it found.

    What is wrong with the file as a whole (it is no JSON) has no key.
    """
    return [
        Problem(code, f"{file}: {key_path(item['loc'])}".removesuffix(": "), item["msg"], hint)
        for item in error.errors(include_url=False, include_input=False)
    ]
