"""How many disks a pool and its vdevs can lose, and what that means for vdevs that are added.

A pool is lost with any vdev of its data or metadata: it can lose as much as the weakest can.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from bedplate.model.plan import Role, Vdev
from bedplate.model.store import MemberGroup

_RAIDZ = re.compile(r"d?raidz?(\d)")
# What a pool without it has lost everything.
VITAL = frozenset({Role.DATA, Role.SPECIAL})


def tolerance_of_group(group: MemberGroup) -> int:
    """How many members a vdev of a pool that is there can lose."""
    return _tolerance(group.type, len(group.members))


def tolerance_of_vdev(vdev: Vdev) -> int:
    """How many members a vdev that is to be can lose."""
    return _tolerance(vdev.type, len(vdev.members))


def weakest(tolerances: Iterable[int]) -> int:
    """What all of them together can lose, wherever it is."""
    return min(tolerances, default=0)


def disks(count: int) -> str:
    """So many disks, for people."""
    return "no disk" if count == 0 else "one disk" if count == 1 else f"{count} disks"


def _tolerance(kind: str, members: int) -> int:
    if kind.startswith("mirror"):
        return members - 1
    found = _RAIDZ.match(kind)
    return int(found[1]) if found else 0
