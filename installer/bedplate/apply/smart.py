"""Switches SMART on, where a disk could tell how it is and was told not to."""

from __future__ import annotations

from bedplate.run import Runner

# smartctl(8): the lowest three bits of its exit code are about the command, the others the disk.
_ABOUT_THE_COMMAND = 0b111
_SECONDS = 60.0


def switch_smart_on(run: Runner, path: str) -> bool:
    """Have the disk at `path` watch itself from now on; whether it does so."""
    result = run(["smartctl", "--smart=on", path], check=False, timeout=_SECONDS)
    return not result.code & _ABOUT_THE_COMMAND
