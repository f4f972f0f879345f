"""What ifupdown2 itself says of a file, without doing anything about it."""

from __future__ import annotations

import re

from bedplate.errors import CommandError
from bedplate.facts.tools import MissingTool
from bedplate.model.network_files import INTERFACES, IfupdownCheck
from bedplate.render.ifupdown_argv import check_interfaces
from bedplate.run import Runner

# `error: None: line3: …`: that is what it calls standard input.
_STDIN = re.compile(r"^(error|warning): None: ")
# Its check of values takes the manual's way to say "no port" for a port that is missing.
_FALSE_ALARM = re.compile(r'bridge-ports: invalid value "none"')
# What only the check of values says; ifreload does not do that one.
_OF_VALUES = "invalid value"
_CHECK_SECONDS = 60.0


def probe_check(run: Runner, text: str) -> IfupdownCheck:
    """Have the text of a file checked.

    Raises `MissingTool` if ifupdown2 is not installed, `CommandError` if it does not end.
    """
    # From standard input it takes no line end but one, unlike from a file.
    lines = re.sub(r"\r\n?", "\n", text)
    try:
        result = run(check_interfaces(), stdin=lines, check=False, timeout=_CHECK_SECONDS)
    except CommandError as error:
        if error.problems[0].code == "tool-missing":
            raise MissingTool("ifup") from error
        raise
    return parse_check(result.code, result.stderr or result.stdout)


def parse_check(code: int, text: str) -> IfupdownCheck:
    """What `ifup --syntax-check` said and ended with."""
    lines = [_STDIN.sub(rf"\1: {INTERFACES}: ", line.strip()) for line in text.splitlines()]
    errors = tuple(line for line in lines if line.startswith("error: "))
    warnings = [line for line in lines if line.startswith("warning: ")]
    if code and not errors and not warnings:
        errors = (f"error: it ended with {code} and did not say why",)
    return IfupdownCheck(
        code=code,
        errors=errors,
        warnings=tuple(line for line in warnings if not _FALSE_ALARM.search(line)),
        clean=not errors and all(_OF_VALUES in line for line in warnings),
    )
