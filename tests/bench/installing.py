"""A whole install, held against the one thing in it that cannot be avoided: unpacking the base."""

from __future__ import annotations

import tempfile
from pathlib import Path

from bedplate.lab.answer import plan_answer
from bedplate.lab.machine import Disk
from bedplate.lab.provision import ANSWER, IMAGES
from bedplate.lab.vm import Machine
from bedplate.model.artefacts import BASE
from bedplate.model.facts import FirmwareKind
from tests.bench.figure import Figure, ratios, seconds
from tests.support.vm import PASSWORD, VmLab

_ROUNDS = 5
_LIMIT = 1.6
_DEADLINE_SECONDS = 1200.0
_PROPERTIES = (
    "-o ashift=12 -O compression=on -O acltype=posix -O xattr=sa -O dnodesize=auto "
    "-O atime=on -O relatime=on -O sync=disabled -O mountpoint=/run/bare"
)


def measure_install(lab: VmLab) -> Figure:
    """Both in one machine, in turns, each on two disks of its own."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        disks = lab.disks(folder, 4)
        with lab.live(folder, disks, firmware=FirmwareKind.UEFI, name="bench") as machine:
            answer = plan_answer("bench", "zfs-mirror", disks[:2], [], PASSWORD)
            machine.succeed("mkdir -p -m 0700 /run/bedplate")
            machine.console.send_file(answer.reveal().encode(), ANSWER)
            install = f"bedplate install {ANSWER} --yes --images {IMAGES} >/run/install.log 2>&1"
            ours: list[float] = []
            theirs: list[float] = []
            for _ in range(_ROUNDS):
                theirs.append(_bare(machine, disks[2:]))
                ours.append(_timed(machine, install))
    return Figure(
        "whole install of a ZFS mirror / unsquashfs of its base into such a pool",
        ratios(ours, theirs),
        _LIMIT,
        "times",
        f"install {seconds(ours)}; unsquashfs {seconds(theirs)}",
    )


def _bare(machine: Machine, disks: tuple[Disk, ...]) -> float:
    members = " ".join(f"/dev/disk/by-id/{disk.by_id}" for disk in disks)
    machine.succeed(f"zpool create -f {_PROPERTIES} bare mirror {members}", timeout=120)
    unpack = f"unsquashfs -force -no-progress -dest /run/bare {IMAGES}/{BASE} >/dev/null"
    took = _timed(machine, unpack)
    # Blank for the next round: zpool does not always find partitions that it makes a second time.
    blank = "; ".join(f"wipefs -qa {member}-part1 {member}" for member in members.split())
    machine.succeed(f"zpool destroy bare; {blank}; udevadm settle", timeout=120)
    return took


def _timed(machine: Machine, command: str) -> float:
    """Seconds by the machine's own clock, which is what the other one is taken by too."""
    # The shell on the console is bash: its EPOCHREALTIME has microseconds.
    said = machine.succeed(
        f"a=$EPOCHREALTIME; {command}; s=$?; b=$EPOCHREALTIME; echo; echo $a $b; [ $s = 0 ]",
        timeout=_DEADLINE_SECONDS,
    )
    began, ended = said.strip().splitlines()[-1].split()
    return float(ended) - float(began)
