"""The commands that make, start and stop an md array. mdadm(8).

The array is told everything that mdadm would choose by itself, so that the result is known before,
whichever version of mdadm makes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bedplate.model.plan import Array
from bedplate.render.argv import Argv, Place
from bedplate.units import KIB


def create_array(array: Array, places: Sequence[Place]) -> list[Argv]:
    """Make the array of its members, and start it. What was on them does not make it ask."""
    alone = ["--force"] if len(places) == 1 else []
    offset, size = array.data_offset_bytes // KIB, array.size_bytes // KIB
    return [
        # --force is what mdadm wants where there is one member only.
        ["mdadm", "--create", array_path(array), "--run", "--quiet", *alone],
        ["--level=1", f"--raid-devices={len(places)}", "--metadata=1.2", "--bitmap=internal"],
        # The name alone, without the host's: a host may be renamed, and many are by DHCP.
        [f"--uuid={array.uuid}", "--homehost=any", f"--name={array.name}"],
        [f"--data-offset={offset}K", f"--size={size}K"],
        [*places],
    ]


def assemble_array(array: Array, places: Sequence[Place]) -> Argv:
    """Start the array of an earlier run from its members."""
    return ["mdadm", "--assemble", array_path(array), "--quiet", f"--uuid={array.uuid}", *places]


def stop_array(place: Place) -> Argv:
    """Stop an array, by its node; fails while it is in use."""
    return ["mdadm", "--stop", "--quiet", place]


def array_path(array: Array) -> Path:
    """The node of an array, the same on every machine."""
    return Path("/dev/md") / array.name


def examine_member(place: Place) -> Argv:
    """Print what a superblock of md says, as KEY=VALUE; fails where there is none."""
    return ["mdadm", "--examine", "--export", place]
