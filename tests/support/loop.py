"""Disks for tests: sparse files behind loop devices, given back whatever happens.

The kernel of a development machine may be unable to parse a GPT, and may run without udev. So a
partition node appears when the kernel is told about it: by libparted when it commits a table, or by
`LoopDisk.tell_kernel`.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bedplate.apply.claims import Claims
from bedplate.apply.devices import wait_for_partitions
from bedplate.apply.disks import partition_disk
from bedplate.model.plan import DiskPlan
from bedplate.run import run
from tests.support.checksum import image_checksum


@dataclass(frozen=True, slots=True)
class LoopDisk:
    """An attached disk. `path` is its device, `image` the sparse file behind it."""

    path: str
    image: Path
    size_bytes: int
    sector_size: int

    def checksum(self) -> str:
        """A checksum of all that is on the disk; equal only if it is bit for bit the same."""
        self.flush()
        return image_checksum(self.image)

    def flush(self) -> None:
        """Write what the kernel still holds of the device to the image."""
        descriptor = os.open(self.path, os.O_RDWR)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def tell_kernel(self) -> tuple[str, ...]:
        """Make the kernel take over the table on the disk; returns the partitions' nodes."""
        run(["partx", "--update", "--sector-size", str(self.sector_size), self.path])
        return self.partitions()

    def partitions(self) -> tuple[str, ...]:
        """The nodes of the partitions that the kernel knows, by number."""
        device = Path(self.path)
        nodes = (node.name for node in Path("/sys/block", device.name).glob(f"{device.name}p*"))
        return tuple(sorted((f"/dev/{name}" for name in nodes), key=_partition_number))


@contextlib.contextmanager
def loop_disk(image: Path, *, size_bytes: int, sector_size: int = 512) -> Iterator[LoopDisk]:
    """A blank disk of that size for the length of the block.

    `image` is created, and must not exist. Raises `CommandError` where loop devices cannot be had.
    """
    with image.open("xb") as file:
        file.truncate(size_bytes)
    attach = ["losetup", "--find", "--show", "--partscan", "--sector-size", str(sector_size)]
    path = run([*attach, image]).stdout.strip()
    try:
        yield LoopDisk(path, image, size_bytes, sector_size)
    finally:
        # Partitions that were announced one by one outlive the detaching, and would be met by
        # whoever gets this loop device next. There may be none: then partx fails, rightly.
        run(["partx", "--delete", path], check=False)
        run(["losetup", "--detach", path])
        image.unlink()


@contextlib.contextmanager
def loop_disks(
    folder: Path, count: int, *, size_bytes: int, sector_size: int = 512
) -> Iterator[tuple[LoopDisk, ...]]:
    """Several blank disks of one size; their images are `disk0.img`, `disk1.img`… in `folder`."""
    with contextlib.ExitStack() as stack:
        yield tuple(
            stack.enter_context(
                loop_disk(folder / f"disk{i}.img", size_bytes=size_bytes, sector_size=sector_size)
            )
            for i in range(count)
        )


def _partition_number(node: str) -> int:
    return int(node.rpartition("p")[2])


def write_tables(*plans: DiskPlan) -> None:
    """Give disks the planned tables, and wait until the kernel shows their partitions."""
    with Claims(tuple(plan.id for plan in plans)) as claims:
        for plan in plans:
            partition_disk(run, plan, claims)
    wait_for_partitions(plans, run)
