"""What the pictures of a plan have in common: disks that are planned alike, and bars to scale.

Knows no picture: `plan_text` counts in characters, `plan_svg` in pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bedplate.model import gpt
from bedplate.model.plan import DiskPlan, Plan
from bedplate.units import MIB

# Less than this is the room that alignment leaves, not space that somebody kept free.
_SMALLEST_GAP_BYTES = MIB


@dataclass(frozen=True, slots=True)
class Alike:
    """Disks of one size with the same partitions at the same places and the same loaders."""

    disks: tuple[DiskPlan, ...]
    loaders: str

    @property
    def first(self) -> DiskPlan:
        """The disk that is drawn for all of them."""
        return self.disks[0]


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a disk, in its order there. `number` is that of the partition; free space has none.

    Sectors are logical sectors of the disk, the last one is included.
    """

    number: int | None
    role: str
    first_sector: int
    last_sector: int
    size_bytes: int

    @property
    def name(self) -> str:
        """Number and role, as both pictures write them."""
        return self.role if self.number is None else f"{self.number} {self.role}"


def group_alike(plan: Plan) -> tuple[Alike, ...]:
    """The plan's disks, those planned alike together; in the order of the first of each."""
    loaders = loaders_by_disk(plan)
    groups: dict[object, list[DiskPlan]] = {}
    for disk in plan.disks:
        key = (disk.size_bytes, disk.sector_size, segments(disk), loaders[disk.id])
        groups.setdefault(key, []).append(disk)
    return tuple(Alike(tuple(disks), loaders[disks[0].id]) for disks in groups.values())


def loaders_by_disk(plan: Plan) -> dict[str, str]:
    """The boot loaders that each disk gets, by its id: `grub for BIOS, systemd-boot for UEFI`."""
    found: dict[str, list[str]] = {disk.id: [] for disk in plan.disks}
    for loader in plan.boot.loaders:
        found[loader.disk].append(f"{loader.loader} for {loader.firmware.value.upper()}")
    return {disk: ", ".join(loaders) for disk, loaders in found.items()}


def segments(disk: DiskPlan) -> tuple[Segment, ...]:
    """The disk's partitions by position, and the free space between and behind them."""
    found: list[Segment] = []
    position = gpt.first_usable_sector(disk.sector_size)
    for part in sorted(disk.partitions, key=lambda part: part.first_sector):
        found += _gap(disk, position, part.first_sector)
        found.append(
            Segment(
                part.number, part.role.value, part.first_sector, part.last_sector, part.size_bytes
            )
        )
        position = part.last_sector + 1
    end = gpt.last_usable_sector(disk.size_bytes, disk.sector_size) + 1
    return (*found, *_gap(disk, position, end))


def bar_widths(sizes: Sequence[int], minimums: Sequence[int], total: int) -> tuple[int, ...]:
    """Widths that add up to `total`: proportional to `sizes`, but none below its minimum.

    What the widened ones take is taken from the others in proportion. `total` must have room for
    all minimums.
    """
    assert sum(minimums) <= total
    widened: set[int] = set()
    while True:
        shared = [n for n in range(len(sizes)) if n not in widened]
        room = total - sum(minimums[n] for n in widened)
        whole = sum(sizes[n] for n in shared)
        small = {n for n in shared if sizes[n] * room < minimums[n] * whole}
        if not small:
            break
        widened |= small
    widths = list(minimums)
    # Rounded at the borders, not at the widths, so that nothing is lost.
    done = drawn = 0
    for n in shared:
        done += sizes[n]
        widths[n] = room * done // whole - drawn
        drawn += widths[n]
    return tuple(widths)


def _gap(disk: DiskPlan, first: int, end: int) -> tuple[Segment, ...]:
    size_bytes = (end - first) * disk.sector_size
    if size_bytes < _SMALLEST_GAP_BYTES:
        return ()
    return (Segment(None, "free", first, end - 1, size_bytes),)
