"""Letting go of a volume group whose file system is busy for a moment longer."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from bedplate.apply.lvm import deactivate
from bedplate.errors import CommandError, Problem
from bedplate.model.plan import LvmStorage
from bedplate.run import Result

STORAGE = LvmStorage(vg="pve", pvs=(), volumes=())


class Group:
    """A volume group that is in use for the first `busy` attempts."""

    def __init__(self, busy: int) -> None:
        self.busy = busy
        self.attempts = 0

    def run(self, argv: Sequence[str | Path], *, check: bool = True, **_options: Any) -> Result:
        code = 0
        if argv[0] == "vgchange":
            self.attempts += 1
            code = 5 if self.attempts <= self.busy else 0
        if check and code:
            raise CommandError(Problem("command-failed", "vgchange", "1 open logical volume(s)"))
        return Result(argv=tuple(map(str, argv)), code=code, stdout="", stderr="")


def test_a_volume_that_is_busy_for_a_moment_is_waited_for() -> None:
    group = Group(busy=3)
    deactivate(group.run, STORAGE)
    assert group.attempts == 4


def test_one_that_stays_busy_is_an_error() -> None:
    group = Group(busy=1000)
    with pytest.raises(CommandError, match="open logical volume"):
        deactivate(group.run, STORAGE)
