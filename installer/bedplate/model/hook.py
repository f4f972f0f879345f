"""Programs of the operator that run at named points of an installation."""

from __future__ import annotations

from typing import Final, Literal, get_args

from bedplate.model.program import bytes_of
from bedplate.model.value import Value

HookPoint = Literal[
    "before-partitioning",
    "after-partitioning",
    "before-unpack",
    "after-unpack",
    "before-final-check",
]
HOOK_POINTS: Final[tuple[HookPoint, ...]] = get_args(HookPoint)
WITH_ROOT: Final[frozenset[HookPoint]] = frozenset({"after-unpack", "before-final-check"})
"""The points at which the new system is there, and mounted."""

HOOK_SECONDS: Final = 600
HOOKS_FOLDER: Final = "/var/lib/bedplate/hooks"
"""Where they lie while they run: not below /run, from which Debian lets no program be run."""


class Hook(Value):
    """A program and when it runs. Of one that is no text, `hex` are the bytes.

    `name` says where it comes from. It may take `timeout_seconds`.
    """

    point: HookPoint
    name: str
    text: str = ""
    hex: str | None = None
    timeout_seconds: int = HOOK_SECONDS

    def data(self) -> bytes:
        """The program, byte for byte."""
        return bytes_of(self.text, self.hex)
