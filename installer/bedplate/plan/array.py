"""The md array that a volume group is mirrored by: where its data lies, and how much that is.

Nothing is left to mdadm, whose choices change from version to version: the sizes of volumes follow
from the array's, and a plan must know them. See `docs/decisions/0009-md-mirror.md`.
"""

from __future__ import annotations

from bedplate.model.facts import DiskFact
from bedplate.model.layout import LvmLayout
from bedplate.model.plan import Array, PartitionPlan
from bedplate.plan.ids import Ids
from bedplate.plan.partitions import Use, os_size_bytes, smallest_data_bytes
from bedplate.units import MIB, align_down

# What goes before the data on each member: superblock, list of bad blocks and bitmap, which take
# less than 1 MiB for any disk there is, and room to move the data in, should it be reshaped.
DATA_OFFSET_BYTES = 16 * MIB
# Where there is data already that has to fit, there is less room; a mirror is never reshaped.
SMALLEST_OFFSET_BYTES = MIB
_OFFSETS_BYTES = (DATA_OFFSET_BYTES, 8 * MIB, 4 * MIB, 2 * MIB, SMALLEST_OFFSET_BYTES)

MINIMUM_MEMBERS = 2


def lvm_space_bytes(layout: LvmLayout, disks: tuple[DiskFact, ...], use: Use) -> int:
    """What the volumes are shared out of: the array, or what the original calls the OS size."""
    if layout.array is None:
        size_bytes = disks[0].size_bytes
        return os_size_bytes(size_bytes, use.limit_bytes(size_bytes))
    return _array_bytes(smallest_data_bytes(disks, layout, use))


def plan_array(
    name: str,
    members: tuple[PartitionPlan, ...],
    ids: Ids,
    offset_bytes: int = DATA_OFFSET_BYTES,
) -> Array:
    """The array over the data partitions of all disks."""
    return Array(
        name=name,
        uuid=ids.guid(f"array:{name}"),
        members=tuple(part.guid for part in members),
        data_offset_bytes=offset_bytes,
        size_bytes=_array_bytes(min(part.size_bytes for part in members), offset_bytes),
    )


def fitting_offset_bytes(member_bytes: int, needed_bytes: int) -> int | None:
    """The most that may go before the data if so much of it has to fit; `None` if nothing does."""
    fitting = (o for o in _OFFSETS_BYTES if _array_bytes(member_bytes, o) >= needed_bytes)
    return next(fitting, None)


def _array_bytes(member_bytes: int, offset_bytes: int = DATA_OFFSET_BYTES) -> int:
    """Whole MiB: a multiple of any sector and of what md divides a device by."""
    return align_down(member_bytes - offset_bytes, MIB)
