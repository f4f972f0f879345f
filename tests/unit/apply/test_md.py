"""An md array as the kernel shows it in sysfs: taken over, checked, and found by its members."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bedplate.apply import devices, lvm, md
from bedplate.errors import ApplyError, Problem
from bedplate.model.plan import Array, DiskPlan, LvmStorage, PartitionPlan, Volume
from bedplate.run import Result
from bedplate.units import MIB
from tests.support.plans import disk_plan, plan_of

DISKS = (disk_plan("ata-A"), disk_plan("ata-B"))
PLAN = plan_of(disks=DISKS)
ARRAY = Array(
    name="mirror",
    uuid="55144548-5e28-489e-b0ec-b055a5d0356c",
    members=tuple(disk.partitions[2].guid for disk in DISKS),
    data_offset_bytes=2 * MIB,
    size_bytes=4 * MIB,
)
USED = b"left by somebody" * (8 * MIB // 16)


@dataclass
class Recorder:
    """Runs nothing, says what it was told to, and remembers the commands."""

    says: str = ""
    commands: list[str] = field(default_factory=list)

    def __call__(self, argv: Sequence[str | Path], **_options: Any) -> Result:
        words = tuple(map(str, argv))
        self.commands.append(" ".join(words))
        return Result(words, 0, self.says, "")


@pytest.fixture
def sysfs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty /sys/class/block; the members are files of that folder's parent."""
    folder = tmp_path / "sys"
    folder.mkdir()
    monkeypatch.setattr(md, "_SYS_BLOCK", folder)

    def partition_path(disk: DiskPlan, _part: PartitionPlan) -> Path:
        path = tmp_path / disk.id
        if not path.exists():
            raise ApplyError(Problem("disk-gone", disk.id, "is not there any more"))
        return path

    def zero_edges(member: int, spans: list[tuple[int, int]]) -> None:
        for start, size in spans:  # the kernel zeroes disks only, and these are files
            os.pwrite(member, bytes(MIB), start)
            os.pwrite(member, bytes(MIB), start + size - MIB)

    for module in (devices, md):
        monkeypatch.setattr(module, "partition_path", partition_path)
    monkeypatch.setattr(md, "zero_edges", zero_edges)
    for disk in DISKS:
        (tmp_path / disk.id).write_bytes(USED)
        (folder / disk.id / "holders").mkdir(parents=True)
    return folder


def show_array(sysfs: Path, name: str, size_bytes: int = ARRAY.size_bytes) -> Path:
    (sysfs / name / "md").mkdir(parents=True)
    (sysfs / name / "size").write_text(f"{size_bytes // 512}\n")
    return sysfs / name / "md" / "sync_action"


def hold(sysfs: Path, disk: DiskPlan, holder: str) -> None:
    (sysfs / disk.id / "holders" / holder).touch()


@pytest.mark.parametrize("way", [md.create, md.assemble])
def test_an_array_that_was_started_does_not_synchronise_yet(way: Any, sysfs: Path) -> None:
    sync_action = show_array(sysfs, "mirror")
    run = Recorder()
    way(run, PLAN, ARRAY)
    assert len(run.commands) == 1
    assert sync_action.read_text() == "frozen"


def test_a_new_array_begins_blank_and_the_rest_of_its_members_is_left(sysfs: Path) -> None:
    show_array(sysfs, "mirror")
    md.create(Recorder(), PLAN, ARRAY)
    for disk in DISKS:
        data = (sysfs.parent / disk.id).read_bytes()
        starts = [mib for mib in range(8) if data[mib * MIB : (mib + 1) * MIB] == bytes(MIB)]
        assert starts == [2, 5]


@pytest.mark.parametrize("way", [md.create, md.assemble])
def test_an_array_of_another_size_is_an_error(way: Any, sysfs: Path) -> None:
    show_array(sysfs, "mirror", ARRAY.size_bytes - MIB)
    with pytest.raises(ApplyError, match="has 3145728 bytes, planned were 4194304"):
        way(Recorder(), PLAN, ARRAY)


@pytest.mark.usefixtures("sysfs")
def test_an_array_that_does_not_appear_is_an_error() -> None:
    with pytest.raises(ApplyError, match="does not show up as a running array"):
        md.create(Recorder(), PLAN, ARRAY)


def test_whatever_array_holds_a_member_is_stopped_once(sysfs: Path) -> None:
    for name in ("md127", "md_old"):
        show_array(sysfs, name)
    (sysfs / "dm-0").mkdir()
    hold(sysfs, DISKS[0], "md127")
    hold(sysfs, DISKS[1], "md127")
    hold(sysfs, DISKS[1], "md_old")
    hold(sysfs, DISKS[1], "dm-0")
    run = Recorder()
    md.stop(run, PLAN, ARRAY)
    assert run.commands == [f"mdadm --stop --quiet /dev/{name}" for name in ("md127", "md_old")]


def test_an_array_is_found_by_the_members_that_are_left(sysfs: Path) -> None:
    show_array(sysfs, "md127")
    hold(sysfs, DISKS[1], "md127")
    (sysfs.parent / DISKS[0].id).unlink()
    run = Recorder()
    md.stop(run, PLAN, ARRAY)
    assert run.commands == ["mdadm --stop --quiet /dev/md127"]


CARRIES = "MD_LEVEL=raid1\nMD_UUID=55144548:5e28489e:b0ecb055:a5d0356c\n"
MEMBER_OF_ANOTHER = "MD_UUID=55144548:5e28489e:b0ecb055:a5d0356d\n"


@pytest.mark.parametrize(
    ("says", "held", "verbs"),
    [
        ("", False, ["--examine", "--create"]),
        (MEMBER_OF_ANOTHER, False, ["--examine", "--create"]),
        (MEMBER_OF_ANOTHER, True, ["--examine", "--stop", "--create"]),
        (CARRIES, False, ["--examine", "--assemble"]),
        (CARRIES, True, ["--examine"]),
    ],
    ids=["blank", "of another", "started by udev", "made before", "made and running"],
)
def test_an_array_of_one_member_is_made_once(
    says: str, held: bool, verbs: list[str], sysfs: Path
) -> None:
    show_array(sysfs, "mirror")
    show_array(sysfs, "md127")
    member = sysfs.parent / DISKS[0].id
    if held:
        hold(sysfs, DISKS[0], "md127")
    run = Recorder(says)
    md.make_alone(run, ARRAY, member)
    assert [command.split()[1] for command in run.commands] == verbs
    assert (member.read_bytes() == USED) is ("--create" not in verbs)


def lvs(*rows: tuple[str, int, int | str]) -> Recorder:
    """`lvs` with these names, sizes and metadata sizes to show."""
    lv = [
        {"lv_name": name, "lv_size": str(size), "lv_metadata_size": str(metadata)}
        for name, size, metadata in rows
    ]
    return Recorder(json.dumps({"report": [{"lv": lv}]}))


GROUP = LvmStorage(
    vg="pve",
    pvs=(ARRAY.uuid,),
    array=ARRAY,
    volumes=(
        Volume(name="root", size_bytes=8, type="linear"),
        Volume(name="data", size_bytes=9, type="thin-pool", metadata_size_bytes=1),
    ),
)


def test_planned_volumes_are_as_planned() -> None:
    lvm.check_volumes(lvs(("root", 8, ""), ("data", 9, 1)), GROUP)


@pytest.mark.parametrize(
    ("run", "where"),
    [
        (lvs(("root", 8, "")), ["pve/data"]),
        (lvs(("root", 4, ""), ("data", 9, 2)), ["pve/data", "pve/root"]),
        (lvs(("root", 8, ""), ("data", 9, 1), ("more", 1, "")), ["pve/more"]),
    ],
    ids=["missing", "of other sizes", "unplanned"],
)
def test_every_volume_that_differs_is_named(run: Recorder, where: list[str]) -> None:
    with pytest.raises(ApplyError) as caught:
        lvm.check_volumes(run, GROUP)
    assert [problem.where for problem in caught.value.problems] == where
