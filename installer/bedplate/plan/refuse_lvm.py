"""Refusals that only an LVM layout has: sizes that leave no room for the root volume."""

from __future__ import annotations

from collections.abc import Iterator

from bedplate.errors import Problem
from bedplate.model.artefacts import BASE
from bedplate.model.facts import DiskFact, Facts
from bedplate.model.layout import Layout, LvmLayout
from bedplate.model.manifest import Manifest
from bedplate.model.request import Request
from bedplate.plan.array import MINIMUM_MEMBERS, lvm_space_bytes
from bedplate.plan.groups import Group
from bedplate.plan.lvm import root_size_bytes
from bedplate.plan.partitions import SECTOR_SIZES
from bedplate.plan.refuse import HARD_LIMIT_BYTES
from bedplate.units import human

# An eighth on top of the files: the file system's own tables, root's reserve, and room to log in.
_HEADROOM = 8


def refuse_lvm(
    request: Request, layout: Layout, facts: Facts, manifest: Manifest, group: Group
) -> Iterator[Problem]:
    """What is wrong with the sizes; nothing is said of disks that are too small for any host."""
    if not isinstance(layout.storage, LvmLayout) or not _are_enough(layout.storage, group.disks):
        return
    options, disk = request.lvm, min(group.disks, key=lambda disk: disk.size_bytes)
    used = group.use.used_bytes(disk.size_bytes)
    if used < HARD_LIMIT_BYTES or (options.hdsize_bytes or 0) > disk.size_bytes:
        return
    if options.swapsize_bytes is not None and options.swapsize_bytes > used // 2:
        yield Problem(
            "swap-too-large",
            "disk-setup.lvm.swapsize",
            f"{human(options.swapsize_bytes)} of swap is more than half of the {human(used)} "
            f"to be used of {disk.describe()}",
            f"ask for {human(used // 2)} at most, or leave swapsize out",
        )
        return
    base = manifest.artefacts.get(BASE)
    unpacked = 0 if base is None or base.unpacked_bytes is None else base.unpacked_bytes
    needed = unpacked + unpacked // _HEADROOM
    space = lvm_space_bytes(layout.storage, group.disks, group.use)
    root = root_size_bytes(space, facts.memory_bytes, options)
    if root == 0 or root < needed:
        yield Problem(
            "root-too-small",
            disk.id,
            f"the root volume would have {human(root)}, and the base system needs {human(needed)}",
            "choose a larger disk, or ask for less swap or a larger maxroot",
        )


def _are_enough(storage: LvmLayout, disks: tuple[DiskFact, ...]) -> bool:
    """Whether there is anything to share out; which disks there should be is told elsewhere."""
    if any(disk.sector_size not in SECTOR_SIZES for disk in disks):
        return False
    return len(disks) == 1 if storage.array is None else len(disks) >= MINIMUM_MEMBERS
