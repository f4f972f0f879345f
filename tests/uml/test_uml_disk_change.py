"""Storage on md or btrfs: a disk takes another's place, joins, leaves, or has become larger."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from bedplate.errors import ExitCode
from bedplate.units import GIB, MIB
from tests.support.uml import Uml

SCENARIO = "tests/uml/scenarios/disk_change.py"
FEWEST_POINTS, MOST_POINTS = 10, 40
FILES = {
    "mark.txt": "written before the disk was lost\n",
    "more.txt": "written while it was away\n",
}


class Drill:
    """A host that is started again and again, each time with other disks."""

    def __init__(self, uml: Uml, layout: str) -> None:
        self._uml = uml
        self._layout = layout
        self._env: dict[str, str] = {}

    def act(self, what: str, *disks: Path, cut_at: str = "", seed: str = "host") -> dict[str, Any]:
        """One start with these disks; what it found in the end, unless the power fails before."""
        found = self._start(what, disks, seed, cut_at=cut_at)
        assert (found is None) is bool(cut_at), "whether the power failed"
        return found or {}

    def cut(self, point: int, *disks: Path) -> dict[str, Any] | None:
        """One start whose power fails at that point, or, where there is none, what it found."""
        return self._start("cut", disks, "host", str(point))

    def _start(
        self, what: str, disks: Sequence[Path], *words: str, cut_at: str = ""
    ) -> dict[str, Any] | None:
        arguments = (SCENARIO, self._layout, what, *words)
        env = {**self._env, "BEDPLATE_CUT_AT": cut_at}
        done = self._uml.run_python(*arguments, disks=disks, deadline=900, env=env, check=False)
        if (done.out / "state").exists():
            self._env = {"BEDPLATE_BEFORE": str(done.out / "state")}
        if done.code is None:
            return None
        assert done.code == 0, done.explain()
        found = json.loads((done.out / "report.json").read_text())
        assert isinstance(found, dict)
        return found


@pytest.mark.parametrize("layout", ["lvm-mirror", "btrfs-raid1"])
def test_a_mirror_that_lost_a_disk_is_whole_on_the_new_one(uml: Uml, layout: str) -> None:
    first, second, new = (uml.add_disk(3 * GIB) for _ in range(3))
    drill = Drill(uml, layout)
    drill.act("install", first, second)
    found = drill.act("replace", first, new)
    assert "old  GONE, serial 7 (gone)" in found["text"]
    assert found["states"] == ["well", "well"]
    assert found["tables"] == ["scsi-0BEDPLATE_ubda.sfdisk"]
    assert drill.act("check", new)["files"] == FILES


@pytest.mark.parametrize(
    "layout", ["lvm-mirror", pytest.param("btrfs-raid1", marks=pytest.mark.full)]
)
def test_a_grub_that_reads_the_storage_is_on_the_new_disk_and_the_same_on_the_old(
    uml: Uml, layout: str
) -> None:
    first, second, new = (uml.add_disk(3 * GIB) for _ in range(3))
    drill = Drill(uml, layout)
    old = "scsi-0BEDPLATE_ubda"
    (fault,) = drill.act("install-grub", first, second)["grub"][old]
    assert "a core image of GRUB" in fault
    found = drill.act("replace", first, new)
    assert f"GRUB reads {found['store']} itself on this host" in found["text"]
    assert found["grub"] == {old: [], "scsi-0BEDPLATE_ubdb": []}
    assert found["states"] == ["well", "well"]
    found = drill.act("check", new)
    assert (found["grub"], found["files"]) == ({old: []}, FILES)


@pytest.mark.full
@pytest.mark.parametrize("layout", ["lvm-mirror", "btrfs-raid1"])
def test_the_power_may_fail_at_every_step_and_in_the_copying(uml: Uml, layout: str) -> None:
    first, second, new = (uml.add_disk(3 * GIB) for _ in range(3))
    drill = Drill(uml, layout)
    drill.act("install", first, second)
    starts = (drill.cut(point, first, new) for point in range(MOST_POINTS))
    cuts = 0
    while (found := next(starts)) is None:
        cuts += 1
    assert cuts >= FEWEST_POINTS
    assert found["states"] == ["well", "well"]
    assert drill.act("check", new)["files"] == FILES


@pytest.mark.full
@pytest.mark.parametrize("layout", ["lvm-mirror", "btrfs-raid1"])
@pytest.mark.parametrize(
    ("how", "code"), [("kill", -signal.SIGKILL), ("stop", ExitCode.INTERRUPTED)]
)
def test_the_command_may_be_ended_at_every_step_and_in_the_copying(
    uml: Uml, layout: str, how: str, code: int
) -> None:
    first, second, new = (uml.add_disk(3 * GIB) for _ in range(3))
    drill = Drill(uml, layout)
    drill.act("install", first, second)
    found = drill.act(how, first, new)
    assert len(found["ended"]) >= FEWEST_POINTS
    assert [line for line in found["ended"] if not line.endswith(f": {code:d}")] == []
    assert found["states"] == ["well", "well"]
    assert drill.act("check", new)["files"] == FILES


@pytest.mark.full
@pytest.mark.parametrize("layout", ["lvm-mirror", "btrfs-raid1"])
@pytest.mark.parametrize("difference", [GIB, -16 * MIB], ids=["larger", "a little smaller"])
def test_the_new_disk_may_have_another_size(uml: Uml, layout: str, difference: int) -> None:
    first, second = (uml.add_disk(3 * GIB) for _ in range(2))
    new = uml.add_disk(3 * GIB + difference)
    drill = Drill(uml, layout)
    drill.act("install", first, second)
    assert drill.act("replace", first, new)["states"] == ["well", "well"]
    assert drill.act("check", new)["files"] == FILES


@pytest.mark.full
@pytest.mark.parametrize(
    ("layout", "former"),
    # Two volume groups of one name, both there from the start, are more than this host could bear.
    [
        ("lvm-mirror", "btrfs-raid1"),
        ("btrfs-raid1", "lvm-mirror"),
        ("btrfs-raid1", "btrfs-raid1"),
    ],
)
def test_a_former_life_of_the_new_disk_is_taken_apart(uml: Uml, layout: str, former: str) -> None:
    """Of an array and a volume group that udev has started when the replacement begins."""
    first, second, new, other = (uml.add_disk(3 * GIB) for _ in range(4))
    drill = Drill(uml, layout)
    drill.act("install", first, second)
    Drill(uml, former).act("install", new, other, seed="former")
    assert drill.act("replace", first, new)["states"] == ["well", "well"]
    assert drill.act("check", new)["files"] == FILES


@pytest.mark.full
def test_a_btrfs_gets_a_second_disk_that_then_is_enough(uml: Uml) -> None:
    first, new = (uml.add_disk(3 * GIB) for _ in range(2))
    drill = Drill(uml, "btrfs-single")
    drill.act("install", first)
    found = drill.act("attach", first, new)
    assert found["states"] == ["well", "well"]
    assert found["profiles"] == ["raid1"]
    assert drill.act("check", new)["files"] == FILES


@pytest.mark.full
def test_a_volume_group_gets_a_second_disk_that_then_is_enough(uml: Uml) -> None:
    """It is full but for one extent, and has a thin pool."""
    first, new = (uml.add_disk(3 * GIB) for _ in range(2))
    drill = Drill(uml, "lvm-thin")
    drill.act("install", first)
    found = drill.act("attach", first, new)
    assert found["states"] == ["well", "well"]
    for alone in (new, first):
        found = drill.act("check", alone)
        assert found["files"] == FILES
        assert found["groups"] == {"pve": ["/dev/md127"], "fsck": ["0"]}


@pytest.mark.full
def test_power_cuts_while_a_volume_group_moves_lose_nothing(uml: Uml) -> None:
    first, new = (uml.add_disk(3 * GIB) for _ in range(2))
    drill = Drill(uml, "lvm-thin")
    drill.act("install", first)
    drill.act("attach", first, new, cut_at="make-array")
    for step in ("extend-group", "move-volumes", "reduce-group", "attach", "await"):
        drill.act("resume", first, new, cut_at=step)
    assert drill.act("resume", first, new)["states"] == ["well", "well"]
    assert drill.act("check", first)["files"] == FILES
    assert drill.act("check", new)["files"] == FILES


@pytest.mark.full
@pytest.mark.parametrize("layout", ["lvm-mirror", "btrfs-raid1"])
def test_a_mirror_gets_a_third_disk(uml: Uml, layout: str) -> None:
    first, second, new = (uml.add_disk(3 * GIB) for _ in range(3))
    drill = Drill(uml, layout)
    drill.act("install", first, second)
    assert drill.act("attach", first, second, new)["states"] == ["well"] * 3


@pytest.mark.full
@pytest.mark.parametrize("layout", ["lvm-mirror", "btrfs-raid1"])
def test_a_mirror_does_without_a_disk_that_is_blank_then(uml: Uml, layout: str) -> None:
    first, second = (uml.add_disk(3 * GIB) for _ in range(2))
    drill = Drill(uml, layout)
    drill.act("install", first, second)
    found = drill.act("detach", first, second)
    assert found["states"] == ["well"]
    assert found["profiles"] == ["single" if layout == "btrfs-raid1" else "raid1"]
    assert drill.act("check", first)["files"] == FILES
    with second.open("rb") as disk:
        assert not any(disk.read(MIB))


@pytest.mark.full
@pytest.mark.parametrize("layout", ["lvm-mirror", "btrfs-raid1"])
def test_what_is_on_disks_that_have_grown_grows_too(uml: Uml, layout: str) -> None:
    first, second = (uml.add_disk(3 * GIB) for _ in range(2))
    drill = Drill(uml, layout)
    before = drill.act("install", first, second)["size"]
    for disk in (first, second):
        os.truncate(disk, 4 * GIB)
    found = drill.act("expand", first, second)
    assert found["states"] == ["well", "well"]
    assert before + GIB - 4 * MIB <= found["size"] <= before + GIB + 4 * MIB
    assert drill.act("check", second)["files"] == FILES
