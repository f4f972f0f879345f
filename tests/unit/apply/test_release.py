"""Letting go of disks: only of what lies on the plan's disks alone, and only if it is there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bedplate.apply import release
from bedplate.errors import ApplyError
from bedplate.run import Result


class Tools:
    """Programs that say what they were told to, and remember what they were asked."""

    def __init__(self, **answers: tuple[int, str]) -> None:
        self.asked: list[str] = []
        self._answers = answers

    def __call__(self, argv: Any, **_options: object) -> Result:
        words = tuple(map(str, argv))
        self.asked.append(" ".join(words))
        code, text = self._answers.get(words[0], (0, ""))
        return Result(words, code, text, "")


@pytest.fixture
def kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two disks, sda of the plan and sdb not; an array on both, and what lies on each alone."""
    monkeypatch.setattr(release, "_SYS_BLOCK", tmp_path)
    monkeypatch.setattr(release, "disk_path", lambda name: Path("/dev") / name)
    for disk in ("sda", "sdb"):
        (tmp_path / disk / "slaves").mkdir(parents=True)
        part = tmp_path / disk / f"{disk}1"
        part.mkdir()
        (part / "partition").write_text("1\n")
        (tmp_path / part.name).symlink_to(part)
    for name, below in {
        "dm-0": ["sda1"],
        "dm-1": ["dm-0"],
        "dm-2": ["sdb1"],
        "md0": ["sda1", "sdb1"],
        "md1": ["dm-1"],
    }.items():
        for lower in below:
            (tmp_path / name / "slaves" / lower).mkdir(parents=True)
        inside = tmp_path / name / ("dm" if name.startswith("dm") else "md")
        inside.mkdir()
        (inside / "name").write_text(f"{name.replace('dm-', 'map')}\n")
    return tmp_path


OURS = ("sda",)


def test_mappings_are_closed_in_order_and_those_that_are_gone_are_left_out(
    kernel: Path,
) -> None:
    tools = Tools()
    release.close_mappings(tools, OURS, ("map1", "gone", "map0"))
    assert tools.asked == ["dmsetup remove --retry map1 map0"]
    release.close_mappings(tools, OURS, ("gone",))
    assert len(tools.asked) == 1


@pytest.mark.parametrize(
    "act",
    [
        lambda tools: release.close_mappings(tools, OURS, ("map0", "map2")),
        lambda tools: release.stop_array(tools, OURS, "/dev/md0"),
    ],
    ids=["mapping", "array"],
)
def test_what_also_lies_on_another_disk_is_not_touched(
    act: Callable[[Tools], None], kernel: Path
) -> None:
    tools = Tools()
    with pytest.raises(ApplyError, match="also lies on sdb, which is not one of the plan's disks"):
        act(tools)
    assert tools.asked == []


def test_arrays_are_stopped_if_they_are_there(kernel: Path) -> None:
    tools = Tools()
    release.stop_array(tools, OURS, "/dev/md1")
    release.stop_array(tools, OURS, "/dev/md9")
    assert tools.asked == ["mdadm --stop --quiet /dev/md1"]


def test_a_disk_of_the_plan_may_be_made_of_others(kernel: Path) -> None:
    tools = Tools()
    (kernel / "md5" / "slaves" / "md0").mkdir(parents=True)
    (kernel / "md5" / "md").mkdir()
    release.stop_array(tools, ("md0",), "/dev/md5")
    assert tools.asked == ["mdadm --stop --quiet /dev/md5"]


@pytest.mark.parametrize(
    ("held", "switch"), [("sda1/bcache", "stop"), ("sda1/bcache/set", "set/stop")]
)
def test_bcache_is_told_at_the_device_or_at_its_set(
    held: str, switch: str, kernel: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (kernel / held).mkdir(parents=True)
    (kernel / held / "stop").touch()
    monkeypatch.setattr(release, "wait_until", lambda _condition: True)
    release.stop_cache(OURS, "/dev/sda1")
    assert (kernel / "sda1/bcache" / switch).read_text() == "1"


def test_bcache_that_does_not_let_go_is_an_error(
    kernel: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    release.stop_cache(OURS, "/dev/sda1")  # it does not hold it
    (kernel / "sda1/bcache").mkdir()
    monkeypatch.setattr(release, "wait_until", lambda condition: condition())
    with pytest.raises(ApplyError, match="is still held by bcache"):
        release.stop_cache(OURS, "/dev/sda1")


@pytest.mark.parametrize(
    ("answer", "asked"),
    [
        ((0, "7\n"), ["zpool list -H -o guid tank", "zpool export tank"]),
        ((1, ""), ["zpool list -H -o guid tank"]),
    ],
    ids=["imported", "gone"],
)
def test_a_pool_is_exported(answer: tuple[int, str], asked: list[str]) -> None:
    tools = Tools(zpool=answer)
    release.export_pool(tools, "tank", "7")
    assert tools.asked == asked


def test_another_pool_of_that_name_is_not_exported() -> None:
    with pytest.raises(ApplyError, match="has the guid 8, and the planned one had 7"):
        release.export_pool(Tools(zpool=(0, "8\n")), "tank", "7")


@pytest.mark.parametrize(
    ("name", "last"),
    [("pve", "vgrename U-1 pve-OLD-U1"), ("pve-OLD-U1", "vgs")],
    ids=["fresh", "done"],
)
def test_a_volume_group_is_renamed_once(name: str, last: str) -> None:
    tools = Tools(vgs=(0, f"  {name}\n"))
    release.rename_group(tools, "U-1", "pve-OLD-U1")
    assert tools.asked[-1].startswith(last)


def test_a_pool_that_was_left_imported_under_its_new_name_is_only_exported() -> None:
    tools = Tools(zpool=(0, "7\n"))
    release.rename_pool(tools, "7", "rpool-OLD-7")
    assert tools.asked[1:] == ["zpool export rpool-OLD-7"]
    fresh = Tools(zpool=(1, ""))
    release.rename_pool(fresh, "7", "rpool-OLD-7")
    assert fresh.asked[1:] == [
        "zpool import -f -N -o cachefile=none 7 rpool-OLD-7",
        "zpool export rpool-OLD-7",
    ]
