"""A volume group moves to an array: what is done, what was done already, what went wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bedplate.apply import group
from bedplate.errors import ApplyError
from bedplate.model.disk_change import (
    Action,
    DiskChange,
    ExtendGroup,
    GroupStep,
    MoveVolumes,
    ReduceGroup,
)
from bedplate.model.plan import Role
from bedplate.model.step import Phase
from bedplate.run import Result
from tests.support.plans import disk_plan
from tests.unit.plan.stores import boot_disk

TABLE = disk_plan("ata-A")
PART = TABLE.by_role(Role.DATA)
assert PART is not None
PLAN = DiskChange(action=Action.ATTACH, made_for=(boot_disk("a"),), disks=(TABLE,), steps=())
OLD, ARRAY = Path("/dev/sda3"), Path("/dev/md/pve")


@dataclass
class Lvm:
    """LVM with these PVs: their group and how much of each is used. `moves` is what pvmove does."""

    pvs: dict[str, tuple[str, int]]
    moves: bool = True
    commands: list[str] = field(default_factory=list)

    def __call__(
        self, argv: Any, *, on_line: Callable[[str], None] | None = None, **_options: Any
    ) -> Result:
        words = tuple(map(str, argv))
        if words[0] == "pvs":
            rows = [
                {"pv_name": name, "vg_name": vg, "pv_used": str(used)}
                for name, (vg, used) in self.pvs.items()
            ]
            return Result(words, 0, json.dumps({"report": [{"pv": rows}]}), "")
        self.commands.append(" ".join(words))
        if words[0] == "pvmove":
            assert on_line is not None
            on_line("  /dev/sda3: Moved: 25.60%")
            on_line("  a word about something else")
            if self.moves:
                self.pvs[str(OLD)] = ("pve", 0)
                return Result(words, 0, "", "")
            return Result(words, 5, "", "  device-mapper: it broke\n")
        return Result(words, 0, "", "")


@pytest.fixture(autouse=True)
def nodes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(group, "partition_path", lambda _disk, _part: OLD)
    monkeypatch.setattr(group, "disk_path", lambda _disk: Path("/dev/sda"))
    monkeypatch.setattr(group, "settle", lambda _run: None)


def words(step: type, **more: object) -> Any:
    return step(id="x", phase=Phase.STORAGE, summary="", vg="pve", **more)


EXTEND = words(ExtendGroup, array=str(ARRAY))
MOVE = words(MoveVolumes, array=str(ARRAY), partition_guid=PART.guid)
REDUCE = words(ReduceGroup, partition_guid=PART.guid)

PVCREATE = "pvcreate --yes --metadatasize 250k --dataalignment 1m /dev/md/pve"
VGEXTEND = "vgextend pve /dev/md/pve"
PVMOVE = "pvmove --atomic --interval 5 /dev/sda3 /dev/md/pve"
TYPE = f"sfdisk --quiet --no-reread --no-tell-kernel --part-type /dev/sda 3 {PART.type_guid}"


@pytest.mark.parametrize(
    ("step", "pvs", "commands"),
    [
        (EXTEND, {"/dev/sda3": ("pve", 8)}, [PVCREATE, VGEXTEND]),
        (EXTEND, {"/dev/md/pve": ("", 0)}, [VGEXTEND]),
        (EXTEND, {"/dev/md/pve": ("pve", 0)}, []),
        (MOVE, {"/dev/sda3": ("pve", 8)}, [PVMOVE]),
        (MOVE, {"/dev/sda3": ("pve", 0)}, []),
        (MOVE, {"/dev/md/pve": ("pve", 8)}, []),
        (REDUCE, {"/dev/sda3": ("pve", 0)}, ["vgreduce pve /dev/sda3", "pvremove /dev/sda3", TYPE]),
        (REDUCE, {"/dev/sda3": ("", 0)}, ["pvremove /dev/sda3", TYPE]),
        (REDUCE, {"/dev/md/pve": ("pve", 8)}, [TYPE]),
    ],
    ids=[
        "a new PV",
        "a PV already",
        "in the group already",
        "moved",
        "moved before",
        "out of the group before",
        "out of the group",
        "no more a PV of it",
        "no PV at all",
    ],
)
def test_what_was_done_is_not_done_again(
    step: GroupStep, pvs: dict[str, tuple[str, int]], commands: list[str]
) -> None:
    lvm = Lvm(pvs)
    group.carry_out(lvm, step, PLAN, lambda _done: None)
    assert lvm.commands == commands


def test_it_says_how_far_it_is() -> None:
    heard: list[float] = []
    group.carry_out(Lvm({"/dev/sda3": ("pve", 8)}), MOVE, PLAN, heard.append)
    assert heard == [0.256]


def test_what_is_not_all_moved_is_an_error() -> None:
    lvm = Lvm({"/dev/sda3": ("pve", 8)}, moves=False)
    with pytest.raises(ApplyError, match="still holds 8 bytes of it after pvmove: device-mapper"):
        group.carry_out(lvm, MOVE, PLAN, lambda _done: None)
