"""What the probes share: how a tool that may be absent is asked, and how bad output is reported.

A tool that is not installed, a tool that finds nothing and a tool whose output makes no sense are
three different things: `MissingTool`, an empty value, and `FactsError`.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from bedplate.errors import CommandError, FactsError, Problem
from bedplate.run import DEADLINE_SECONDS, Result, Runner

T = TypeVar("T")

INSTALL_TOOLS = (
    *("chroot", "mount", "sfdisk", "udevadm", "umount"),
    *("dmsetup", "mdadm", "swapoff", "vgrename"),
    *("fatlabel", "fsck.fat", "mkfs.ext4", "mkfs.vfat", "mkfs.xfs", "mkswap"),
    *("lvm", "lvcreate", "lvremove", "pvcreate", "vgchange", "vgcreate", "vgremove", "vgs", "lvs"),
    *("zfs", "zpool"),
    *("btrfs", "mkfs.btrfs"),
    *("grub-install", "ssh-keygen", "unsquashfs"),
)
"""What carrying out a plan may start. efibootmgr is not among it: a host starts without entries."""


class MissingTool(Exception):
    """The tool is not installed, so the machine could not be asked."""

    def __init__(self, tool: str) -> None:
        super().__init__(tool)
        self.tool = tool

    def as_error(self, why: str, hint: str) -> FactsError:
        """What to raise where nothing can be said without the tool."""
        return FactsError(Problem("tool-missing", self.tool, why, hint))


def unless_missing(probe: Callable[[Runner], tuple[T, ...]], run: Runner) -> tuple[T, ...]:
    """What a probe finds; nothing where its tool is not installed."""
    try:
        return probe(run)
    except MissingTool:
        return ()


def ask(
    run: Runner, argv: Sequence[str], *, check: bool = True, timeout: float = DEADLINE_SECONDS
) -> Result:
    """Run a tool that reads the machine.

    Raises `MissingTool` if it is not installed, `CommandError` if it fails (with `check`), or does
    not end in time.
    """
    try:
        return run(argv, check=check, timeout=timeout)
    except CommandError as error:
        if error.problems[0].code == "tool-missing":
            raise MissingTool(argv[0]) from error
        raise


def senseless(command: Sequence[str] | str, what: str) -> FactsError:
    """The error for output that cannot be parsed; names the command that printed it."""
    line = command if isinstance(command, str) else shlex.join(command)
    hint = "the tool may be of a version that bedplate does not know"
    return FactsError(Problem("output-not-understood", line, what, hint))


def parse_json(text: str, command: str) -> Any:
    """The value of a tool's JSON output; nothing at all counts as `None`.

    Raises `FactsError`, naming `command`, if it is not JSON.
    """
    if not text.strip():
        return None
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise senseless(command, f"printed something that is not JSON: {error}") from error
