"""Bars to scale, and which disks are drawn together."""

from __future__ import annotations

from pathlib import Path

import pytest

from bedplate.model.plan import Plan
from bedplate.render.plan_bars import Segment, bar_widths, group_alike, segments
from bedplate.units import GIB

PLANS = Path(__file__).parents[2] / "golden" / "plans"


def plan(name: str) -> Plan:
    return Plan.model_validate_json((PLANS / f"{name}.json").read_bytes())


@pytest.mark.parametrize(
    ("sizes", "minimums", "total", "widths"),
    [
        ([1], [5], 10, (10,)),
        ([1, 1], [0, 0], 10, (5, 5)),
        ([1, 1, 1], [0, 0, 0], 10, (3, 3, 4)),
        ([1, 3], [1, 1], 100, (25, 75)),
        # The small one is widened, the others share the rest as their sizes are.
        ([1, 500, 1500], [20, 1, 1], 100, (20, 20, 60)),
        # Widening one makes another too narrow.
        ([1, 12, 87], [20, 11, 1], 100, (20, 11, 69)),
        ([1, 1000], [5, 5], 10, (5, 5)),
    ],
)
def test_widths(sizes: list[int], minimums: list[int], total: int, widths: tuple[int, ...]) -> None:
    assert bar_widths(sizes, minimums, total) == widths


def test_free_space_is_a_segment_and_alignment_is_none() -> None:
    disk = plan("lvm-thin-bios-512").disks[0]
    bios, esp, data = disk.partitions
    assert [part.name for part in segments(disk)] == ["1 bios-boot", "2 esp", "3 data"]
    shorter = data.model_copy(
        update={"last_sector": data.last_sector - 2 * GIB // 512, "size_bytes": 1}
    )
    parts = segments(disk.model_copy(update={"partitions": (shorter, bios, esp)}))
    assert [part.name for part in parts] == ["1 bios-boot", "2 esp", "3 data", "free"]
    first = shorter.last_sector + 1
    last = 16 * GIB // 512 - 34
    assert parts[3] == Segment(None, "free", first, last, (last - first + 1) * 512)


def test_disks_are_alike_only_if_nothing_tells_their_plans_apart() -> None:
    mirror = plan("zfs-mirror-uefi-4kn")
    assert [len(alike.disks) for alike in group_alike(mirror)] == [2]
    assert group_alike(mirror)[0].loaders == "systemd-boot for UEFI"
    first, second = mirror.disks
    larger = second.model_copy(update={"size_bytes": second.size_bytes + 4096})
    differing = (
        mirror.model_copy(update={"disks": (first, larger)}),
        mirror.model_copy(
            update={"boot": mirror.boot.model_copy(update={"loaders": mirror.boot.loaders[:1]})}
        ),
    )
    for other in differing:
        assert [len(alike.disks) for alike in group_alike(other)] == [1, 1]
