"""A partition table as a script for `sfdisk`, which writes it in one go.

`sgdisk` sleeps a second in every call that writes, and needs one call more for the BIOS boot
partition below the first MiB; an sfdisk script with `first-lba` says it all at once.
"""

from __future__ import annotations

from bedplate.model import gpt
from bedplate.model.plan import DiskPlan, PartitionPlan
from bedplate.render.argv import Argv, Place


def render_sfdisk(disk: DiskPlan) -> str:
    """The whole table of a disk, sfdisk(8) "named-fields format"; positions are sectors."""
    header = (
        "label: gpt\n"
        f"label-id: {disk.guid}\n"
        "unit: sectors\n"
        f"sector-size: {disk.sector_size}\n"
        # Without it sfdisk keeps everything below the first MiB free of partitions.
        f"first-lba: {gpt.first_usable_sector(disk.sector_size)}\n"
        f"table-length: {gpt.ENTRIES}\n"
    )
    return header + "\n" + "".join(_line(part) for part in disk.partitions)


def write_table(place: Place) -> Argv:
    """Write the table on standard input to a disk, over whatever is recognised on it. sfdisk(8).

    The kernel is not told: the caller does that, and waits for what comes of it.
    """
    return ["sfdisk", "--quiet", "--wipe", "always", "--no-reread", "--no-tell-kernel", place]


def _line(part: PartitionPlan) -> str:
    """One partition. The leading number counts: a 4Kn disk has no partition 1."""
    size = part.last_sector - part.first_sector + 1
    return (
        f"{part.number} : start={part.first_sector}, size={size}, "
        f"type={part.type_guid}, uuid={part.guid}, name={part.role.value}\n"
    )
