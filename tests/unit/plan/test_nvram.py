"""Which boot entries a firmware gets, loses and tries first."""

from __future__ import annotations

import pytest

from bedplate.model.nvram import BootEntries, BootEntry, NewEntry, NvramPlan, WantedEntry
from bedplate.plan.nvram import plan_boot_entries

A, B, GONE = (f"{c * 8}-0000-4000-8000-000000000000" for c in "abc")
LOADER = r"\EFI\systemd\systemd-bootx64.efi"
ON_A = WantedEntry(partition_guid=A, label="bedplate S1", loader=LOADER)
ON_B = WantedEntry(partition_guid=B, label="bedplate S2", loader=LOADER)


def entry(number: int, label: str, guid: str | None = None, loader: str = LOADER) -> BootEntry:
    return BootEntry(number=number, label=label, partition_guid=guid, loader=loader)


def new(number: int, want: WantedEntry) -> NewEntry:
    return NewEntry(number=number, entry=want)


def of(*entries: BootEntry, order: tuple[int, ...]) -> BootEntries:
    return BootEntries(entries=entries, order=order)


OURS_A, OURS_B = entry(1, "bedplate S1", A), entry(2, "bedplate S2", B)
SETUP = BootEntry(number=0, label="UiApp")
WINDOWS = entry(7, "Windows Boot Manager", GONE, r"\EFI\Microsoft\Boot\bootmgfw.efi")
ORPHAN = entry(5, "bedplate S9", GONE)
SWITCHED_OFF = OURS_A.model_copy(update={"active": False})

CASES = [
    pytest.param(of(SETUP, OURS_A, OURS_B, order=(1, 2, 0)), NvramPlan(), id="all is well"),
    pytest.param(
        of(order=()),
        NvramPlan(add=(new(0, ON_A), new(1, ON_B)), order=(0, 1)),
        id="a firmware that lost everything",
    ),
    pytest.param(
        of(SETUP, WINDOWS, order=(7, 0)),
        NvramPlan(add=(new(1, ON_A), new(2, ON_B)), order=(1, 2, 7, 0)),
        id="a new host goes before what was there",
    ),
    pytest.param(
        of(SETUP, OURS_A, WINDOWS, order=(7, 1, 0)),
        NvramPlan(add=(new(2, ON_B),), order=(7, 1, 2, 0)),
        id="a second disk goes behind the first, and the order stays",
    ),
    pytest.param(
        of(OURS_A, OURS_B, ORPHAN, WINDOWS, order=(5, 1, 2, 7)),
        NvramPlan(remove=(ORPHAN,), order=(1, 2, 7)),
        id="a disk that was replaced",
    ),
    pytest.param(
        of(OURS_A, OURS_B, entry(3, "bedplate S1", A), order=(1, 2, 3)),
        NvramPlan(remove=(entry(3, "bedplate S1", A),), order=(1, 2)),
        id="a double",
    ),
    pytest.param(
        of(entry(1, "bedplate S1", A, r"\EFI\proxmox\shimx64.efi"), OURS_B, order=(1, 2)),
        NvramPlan(
            remove=(entry(1, "bedplate S1", A, r"\EFI\proxmox\shimx64.efi"),),
            add=(new(0, ON_A),),
            order=(2, 0),
        ),
        id="another loader is wanted now",
    ),
    pytest.param(
        of(SWITCHED_OFF, OURS_B, order=(1, 2)),
        NvramPlan(remove=(SWITCHED_OFF,), add=(new(0, ON_A),), order=(2, 0)),
        id="one that was switched off",
    ),
    pytest.param(
        of(entry(4, "Linux Boot Manager", A, LOADER.upper()), OURS_B, order=(4, 2)),
        NvramPlan(),
        id="somebody else's starts the same loader",
    ),
    pytest.param(
        of(entry(4, "Linux Boot Manager", A), OURS_A, OURS_B, order=(4, 1, 2)),
        NvramPlan(),
        id="ours beside somebody else's",
    ),
    pytest.param(
        of(OURS_A, OURS_B, order=(2,)),
        NvramPlan(order=(2, 1)),
        id="one that is never tried",
    ),
    pytest.param(
        of(OURS_A, order=(0, 1)),
        NvramPlan(add=(new(2, ON_B),), order=(0, 1, 2)),
        id="the number of an entry that the order still names is not free",
    ),
    pytest.param(
        of(OURS_A, OURS_B, BootEntry(number=9, label="bedplate over the network"), order=(1, 2, 9)),
        NvramPlan(),
        id="an entry that starts no partition is nobody's leftover",
    ),
    pytest.param(
        of(OURS_A, OURS_B, entry(6, "bedplates", GONE), order=(1, 2, 6)),
        NvramPlan(),
        id="a label that only begins like ours",
    ),
]


@pytest.mark.parametrize(("found", "plan"), CASES)
def test_boot_entries(found: BootEntries, plan: NvramPlan) -> None:
    assert plan_boot_entries(found, (ON_A, ON_B), {A, B}) == plan


def test_the_entry_of_a_disk_that_is_only_missing_waits_for_it() -> None:
    found = of(OURS_A, OURS_B, order=(1, 2))
    assert plan_boot_entries(found, (ON_A,), None) == NvramPlan()
