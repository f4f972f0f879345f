"""A dead disk replaced, held against the manual's commands for it typed by a script.

Both with the resilver taken off, which takes as long for either: a pool says in its events when one
began and ended. The commands that make the ESP are the same code behind the manual's names.
"""

from __future__ import annotations

import re
import tempfile
from datetime import datetime
from pathlib import Path

from testinfra.host import Host

from bedplate.lab.machine import Disk
from bedplate.model.facts import FirmwareKind
from tests.bench.figure import Figure, ratios, seconds
from tests.support.vm import Booted, VmLab

_ROUNDS = 3
_LIMIT = 1.2
_DEADLINE_SECONDS = 1200

_OURS = "bedplate disk replace --yes"
_BY_HAND = """
sgdisk {stays} -R {new}
sgdisk -G {new}
udevadm settle
zpool replace -f rpool {dead}-part3 {new}-part3
zpool wait -t resilver rpool
proxmox-boot-tool format {new}-part2
proxmox-boot-tool init {new}-part2
"""
_DEGRADED = "until zpool status rpool | grep -q DEGRADED; do zpool sync; sleep 0.2; done"
# Whatever looks at the host by itself when it has lost a disk.
_OTHERS = "bedplate-doctor.path bedplate-doctor.timer bedplate-doctor.service"
_EVENT = re.compile(r"^(\w+ +\d+ \d+ [\d:]+\.\d{6})\d*\s+\S*resilver_(start|finish)$", re.MULTILINE)


def measure_replacement(lab: VmLab) -> Figure:
    """On one host, in turns: the disk that came last is the next to die."""
    ours: list[float] = []
    theirs: list[float] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        disks = lab.disks(folder, 2)
        host = lab.install(folder, "zfs-mirror", disks, firmware=FirmwareKind.UEFI, name="bench")
        stays, dead = disks
        with lab.boot(folder / "boot", host, snapshot=False) as booted:
            booted.host.check_output(f"systemctl stop {_OTHERS}")
            for took, command in ((ours, _OURS), (theirs, _BY_HAND)) * _ROUNDS:
                (new,) = lab.disks(folder, 1)
                _swap(booted, dead, new)
                took.append(_beside_resilver(booted.host, _filled_in(command, stays, dead, new)))
                booted.host.check_output("bedplate esp clean")
                dead = new
    return Figure(
        "`bedplate disk replace` / the manual's commands by script (resilver taken off)",
        ratios(ours, theirs),
        _LIMIT,
        "times",
        f"command {seconds(ours)}; manual {seconds(theirs)}",
    )


def _filled_in(command: str, stays: Disk, dead: Disk, new: Disk) -> str:
    names = {"stays": stays.by_id, "dead": dead.by_id, "new": new.by_id}
    return command.format(**{key: f"/dev/disk/by-id/{name}" for key, name in names.items()})


def _swap(booted: Booted, dead: Disk, new: Disk) -> None:
    """Pull a disk, and put in a blank one."""
    booted.machine.unplug_disk(dead)
    booted.host.check_output("timeout 120 sh -c %s", _DEGRADED)
    booted.machine.plug_disk(new)
    wait = f"udevadm wait --settle --timeout=60 /dev/disk/by-id/{new.by_id}"
    booted.host.check_output(f"{wait} && zpool events -c")


def _beside_resilver(host: Host, script: str) -> float:
    """Seconds that a script takes, those of the resilver in it taken off."""
    timed = f"a=$EPOCHREALTIME; set -e; {script}\nb=$EPOCHREALTIME; echo; echo $a $b"
    said = host.check_output(f"timeout {_DEADLINE_SECONDS} bash -c %s", timed)
    began, ended = said.strip().splitlines()[-1].split()
    return float(ended) - float(began) - _resilver_seconds(host.check_output("zpool events -H"))


def _resilver_seconds(events: str) -> float:
    at = {
        what: datetime.strptime(f"{when} +0000", "%b %d %Y %H:%M:%S.%f %z")
        for when, what in _EVENT.findall(events)
    }
    return (at["finish"] - at["start"]).total_seconds()
