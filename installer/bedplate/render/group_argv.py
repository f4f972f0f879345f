"""The commands by which a volume group moves from a partition to an array, in use.

pvcreate(8), vgextend(8), pvmove(8), vgreduce(8), pvremove(8).
"""

from __future__ import annotations

import re

from bedplate.render.argv import Argv, Place

_MOVED = re.compile(r"Moved: (?P<percent>\d+(?:[.,]\d+)?)%")
_REPORT = ("--reportformat", "json", "--units", "b", "--nosuffix")


def create_pv(array: Place) -> Argv:
    """Make an array a PV whose data begins after one MiB, whatever the disk says it prefers."""
    return ["pvcreate", "--yes", "--metadatasize", "250k", "--dataalignment", "1m", array]


def extend_group(vg: str, pv: Place) -> Argv:
    """Give a VG another PV."""
    return ["vgextend", vg, pv]


def move_volumes(old: Place, new: Place) -> Argv:
    """Move everything from one PV to another; goes on with what was begun. Says how far it is.

    Until all of it is there, the old one has all of it too (--atomic).
    """
    return ["pvmove", "--atomic", "--interval", "5", old, new]


def reduce_group(vg: str, pv: Place) -> Argv:
    """Take a PV out of a VG; fails if anything is on it."""
    return ["vgreduce", vg, pv]


def remove_pv(pv: Place) -> Argv:
    """Make a device forget that it was a PV; fails while it belongs to a VG."""
    return ["pvremove", pv]


def report_pvs() -> Argv:
    """Print every PV, its VG, and how much of it is used."""
    return ["pvs", *_REPORT, "-o", "pv_name,vg_name,pv_used"]


def moved_in(line: str) -> float | None:
    """How much pvmove says that it has moved, between 0 and 1."""
    match = _MOVED.search(line)
    return float(match["percent"].replace(",", ".")) / 100 if match else None
