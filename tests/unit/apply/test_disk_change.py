"""How a change of disks goes on: ESPs in sync, GRUB for BIOS, and after it was broken off."""

from __future__ import annotations

from pathlib import Path

import pytest

from bedplate.apply import boot, disk_change
from bedplate.apply.disk_change import DiskRun, in_progress
from bedplate.apply.journal import Journal
from bedplate.errors import ApplyError, Problem
from bedplate.model.disk_change import (
    Action,
    DiskChange,
    MatchBiosGrub,
    SetInstallDevices,
    SyncEsps,
)
from bedplate.model.step import Phase
from tests.unit.apply.test_join import Tools
from tests.unit.plan.stores import boot_disk

LEAVING = boot_disk("b")
PLAN = DiskChange(
    action=Action.DETACH,
    made_for=(LEAVING,),
    steps=(SyncEsps(id="sync", phase=Phase.BOOT, summary="Bring every ESP in sync"),),
)


def carried_out(place: str, folder: Path) -> None:
    problem = Problem("esp-unlisted", f"{place} (DISK)", "is not listed")
    DiskRun(
        run=Tools(),
        look_again=lambda _only: PLAN.made_for,
        look_at_stores=lambda: (),
        sync_esps=lambda _clock: (problem,),
        journal=Journal(DiskChange, folder),
        sinks=(),
    ).start(PLAN)


def test_the_esp_of_a_disk_that_leaves_need_not_be_in_sync(tmp_path: Path) -> None:
    carried_out("/dev/sdb2", tmp_path)


def test_that_of_one_that_stays_has_to_be(tmp_path: Path) -> None:
    with pytest.raises(ApplyError, match="is not listed"):
        carried_out("/dev/sda2", tmp_path)


@pytest.mark.parametrize(("lacks", "asked"), [(True, 1), (False, 0)], ids=["another", "the same"])
def test_grub_is_installed_where_it_is_another(
    lacks: bool, asked: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(boot, "disk_path", Path)
    tools = Tools()
    matching = MatchBiosGrub(id="m", phase=Phase.CHECK, summary="See", disks=("/dev/sda",))
    telling = SetInstallDevices(id="s", phase=Phase.CHECK, summary="Have", devices=("/a", "/b"))
    plan = PLAN.model_copy(update={"steps": (matching, telling)})
    DiskRun(
        run=tools,
        look_again=lambda _only: PLAN.made_for,
        look_at_stores=lambda: (),
        sync_esps=lambda _clock: (),
        journal=Journal(DiskChange, tmp_path / "journal"),
        sinks=(),
        lacks_grub=lambda _disk: lacks,
    ).start(plan)
    assert tools.asked[-1] == "debconf-set-selections"
    assert sum("grub-install" in words for words in tools.asked) == asked


@pytest.mark.parametrize("is_there", [True, False])
def test_what_was_broken_off_goes_on_unless_its_disk_has_gone(
    is_there: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk_change, "is_there", {LEAVING.id: is_there}.__getitem__)
    journal = Journal(DiskChange, tmp_path)
    assert in_progress(journal) is None
    journal.begin(PLAN)
    assert in_progress(journal) == (PLAN if is_there else None)
    carried_out("/dev/sdb2", tmp_path)
    assert in_progress(journal) is None
