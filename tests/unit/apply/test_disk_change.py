"""Whose ESP has to be in sync for a change of disks to go on."""

from __future__ import annotations

from pathlib import Path

import pytest

from bedplate.apply.disk_change import DiskRun
from bedplate.apply.journal import Journal
from bedplate.errors import ApplyError, Problem
from bedplate.model.disk_change import Action, DiskChange, SyncEsps
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
