"""How long it takes to look at a machine with many disks, against the tool that everybody uses."""

from __future__ import annotations

import tempfile
from pathlib import Path

from bedplate.lab.machine import Disk
from bedplate.lab.vm import Machine
from tests.bench.figure import Figure, ratios, seconds
from tests.bench.inside import timed
from tests.support.vm import VmLab

_DISKS = 32
_ROUNDS = 7
_LIMIT = 4.0
_TABLE = r"label: gpt\nsize=1MiB\nsize=512MiB, type=uefi\ntype=linux\n"


def measure_facts(lab: VmLab) -> Figure:
    """Both as processes in one machine, in turns; each disk has the partitions of a host's disk."""
    with tempfile.TemporaryDirectory() as name:
        disks = lab.disks(Path(name), _DISKS)
        with lab.live(Path(name), disks, name="bench") as machine:
            _partition(machine, disks)
            ours: list[float] = []
            theirs: list[float] = []
            for _ in range(_ROUNDS):
                theirs.append(timed(machine, "lsblk --json -O >/dev/null"))
                ours.append(timed(machine, "bedplate facts --json >/dev/null"))
    return Figure(
        f"`bedplate facts` of {_DISKS} disks / `lsblk --json -O`",
        ratios(ours, theirs),
        _LIMIT,
        "times",
        f"ours {seconds(ours)}; lsblk {seconds(theirs)}",
    )


def _partition(machine: Machine, disks: tuple[Disk, ...]) -> None:
    """Three partitions on each, with a file system on the second."""
    paths = " ".join(f"/dev/disk/by-id/{disk.by_id}" for disk in disks)
    machine.succeed(
        f"for disk in {paths}; do printf '{_TABLE}' | sfdisk --quiet $disk; done; udevadm settle; "
        f"for disk in {paths}; do mkfs.vfat -F 32 $disk-part2 >/dev/null; done; udevadm settle",
        timeout=600,
    )
