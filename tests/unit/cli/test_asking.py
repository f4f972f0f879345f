"""What a person is asked, and what happens where nobody is there."""

from __future__ import annotations

import io

import pytest

from bedplate.cli.asking import decide
from bedplate.errors import Choice, Problem, UndecidedError

DISKS = UndecidedError(
    Problem("which-candidate", "this host", "has several"),
    "new",
    [Choice("ata-ONE", "ONE (/dev/sda)"), Choice("sdb", "TWO (/dev/sdb)")],
)


class Terminal(io.StringIO):
    """What somebody types."""

    def isatty(self) -> bool:
        return True


def test_a_number_decides_and_anything_else_is_asked_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", Terminal("3\nnone\n2\n"))
    assert decide(DISKS) == "sdb"
    shown = capsys.readouterr().out
    assert "  1  ONE (/dev/sda)  (ata-ONE)\n  2  TWO (/dev/sdb)\n" in shown
    assert shown.count("Which is the new disk") == 3


def test_where_nobody_is_there_it_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("1\n"))
    with pytest.raises(UndecidedError):
        decide(DISKS)
