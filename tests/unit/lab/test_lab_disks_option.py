"""`bedplate lab up --disks`."""

from __future__ import annotations

import pytest

from bedplate.cli.lab import parse_disks
from bedplate.errors import UsageError
from bedplate.units import GIB, MIB


@pytest.mark.parametrize(
    ("text", "sizes"),
    [
        ("16G", (16 * GIB,)),
        ("2x16G", (16 * GIB, 16 * GIB)),
        ("1x8G, 2x512M", (8 * GIB, 512 * MIB, 512 * MIB)),
    ],
)
def test_disks(text: str, sizes: tuple[int, ...]) -> None:
    assert parse_disks(text) == sizes


@pytest.mark.parametrize(
    "text", ["", "x", "2x", "twox16G", "2x16Q", "2*16G", "0x16G", "2x0G", "-1x8G"]
)
def test_no_disks(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_disks(text)
    assert [(p.code, p.where) for p in caught.value.problems] == [("bad-disks", "--disks")]
