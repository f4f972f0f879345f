"""Boot entries changed by efibootmgr, whose command lines are the contract."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bedplate.apply import nvram
from bedplate.apply.nvram import change_boot_entries
from bedplate.errors import CommandError, Problem
from bedplate.model.esp import EspFact
from bedplate.model.nvram import BootEntry, NewEntry, NvramPlan, WantedEntry
from bedplate.run import Result
from bedplate.units import MIB

GUID = "aaaaaaaa-0000-4000-8000-000000000000"
ESP = EspFact(disk="ata-A", title="A", path="/dev/sda2", number=2, guid=GUID, size_bytes=512 * MIB)
PLAN = NvramPlan(
    remove=(BootEntry(number=10, label="bedplate S9"),),
    add=(
        NewEntry(
            number=3,
            entry=WantedEntry(partition_guid=GUID, label="bedplate S1", loader=r"\EFI\a.efi"),
        ),
    ),
    order=(3, 1),
)

ADD = (
    "efibootmgr --quiet --create-only --bootnum 0003 --disk /dev/sda --part 2"
    r" --label bedplate S1 --loader \EFI\a.efi"
)
REMOVE = "efibootmgr --quiet --delete-bootnum --bootnum 000A"


class Firmware:
    """Takes every change but those whose command line has the word `refuses`."""

    def __init__(self, refuses: str = "nothing") -> None:
        self.asked: list[str] = []
        self._refuses = refuses

    def __call__(self, argv: Any, **_options: object) -> Result:
        words = tuple(map(str, argv))
        self.asked.append(" ".join(words))
        if self._refuses in words:
            raise CommandError(Problem("command-failed", "efibootmgr", "No space left on device"))
        return Result(words, 0, "", "")


@pytest.mark.parametrize(
    ("refuses", "asked", "problems"),
    [
        pytest.param(
            "nothing",
            [ADD, "efibootmgr --quiet --bootorder 0003,0001", REMOVE],
            [],
            id="a firmware that does as it is told",
        ),
        pytest.param(
            "--create-only",
            [ADD, "efibootmgr --quiet --bootorder 0001", REMOVE],
            ["Boot0003 (bedplate S1)"],
            id="no room for another entry",
        ),
        pytest.param(
            "--quiet",
            [ADD, "efibootmgr --quiet --bootorder 0001", REMOVE],
            ["Boot0003 (bedplate S1)", "BootOrder", "Boot000A (bedplate S9)"],
            id="a firmware that lets nobody write",
        ),
    ],
)
def test_what_a_firmware_refuses_is_said_and_ends_nothing(
    refuses: str, asked: list[str], problems: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nvram, "disk_path", lambda _disk: Path("/dev/sda"))
    firmware = Firmware(refuses)
    found = change_boot_entries(firmware, PLAN, [ESP])
    assert firmware.asked == asked
    assert [problem.where for problem in found] == problems


def test_with_nothing_to_do_nothing_is_asked() -> None:
    firmware = Firmware()
    assert change_boot_entries(firmware, NvramPlan(), []) == ()
    assert firmware.asked == []
