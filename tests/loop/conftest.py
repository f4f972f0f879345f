"""Disks for the tests of this folder."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest

from bedplate.units import GIB
from tests.support.loop import LoopDisk, loop_disk


class AttachDisk(Protocol):
    """Attaches one more blank disk, which is given back at the end of the test."""

    def __call__(self, *, size_bytes: int = 4 * GIB, sector_size: int = 512) -> LoopDisk: ...


@pytest.fixture
def attach_disk(tmp_path: Path) -> Iterator[AttachDisk]:
    """A function that gives the test one more disk each time it is called."""
    with contextlib.ExitStack() as disks:
        names = (tmp_path / f"disk{number}.img" for number in range(64))

        def attach(*, size_bytes: int = 4 * GIB, sector_size: int = 512) -> LoopDisk:
            return disks.enter_context(
                loop_disk(next(names), size_bytes=size_bytes, sector_size=sector_size)
            )

        yield attach
