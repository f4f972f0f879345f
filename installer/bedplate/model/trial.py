"""What became of a disk that was started in a machine of its own."""

from __future__ import annotations

from bedplate.model.facts import FirmwareKind
from bedplate.model.value import Value


class BootTrial(Value):
    """A start from one disk alone under one firmware, as far as its kernel.

    `disk` is the disk's stable id. `kernel` and `cmdline` are the version of the kernel that came
    up and what it was started with; without them `obstacle` is the last that was said.
    """

    disk: str
    firmware: FirmwareKind
    kernel: str | None = None
    cmdline: str | None = None
    obstacle: str | None = None
