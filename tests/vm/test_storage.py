"""A machine that runs gets a ZFS pool on further disks, and then more disks for it.

What is made is asked of ZFS itself; data that was written before is there afterwards.
"""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from bedplate.lab.machine import Disk
from bedplate.lab.vm import Machine
from bedplate.units import GIB
from tests.support.vm import VmLab

NOTHING = "there is nothing to do"
SECONDS = 400.0


def names(disks: tuple[Disk, ...]) -> str:
    return ", ".join(f'"{disk.serial}"' for disk in disks)


def vdevs(machine: Machine) -> list[tuple[str, int]]:
    """The vdevs of the pool with how many members each has, in order; a role stands before them."""
    found: list[tuple[str, int]] = []
    for line in machine.succeed("zpool status -P tank").replace("\r", "").splitlines():
        words = line.split()
        if not line.startswith("\t") or words[0] in ("NAME", "tank"):
            continue
        if words[0].startswith("/dev/disk/by-id/"):
            name, members = found.pop()
            found.append((name, members + 1))
        else:
            found.append((words[0], 0))
    return found


@pytest.mark.full
def test_a_pool_with_all_kinds_of_vdevs_and_more_of_them(vm_lab: VmLab, tmp_path: Path) -> None:
    slow = vm_lab.disks(tmp_path / "slow", 5, size_bytes=2 * GIB)
    fast = vm_lab.disks(tmp_path / "fast", 4, size_bytes=1 * GIB)
    pair = f"disk-list = [{names(fast[:2])}]\n"
    asked = (
        f'[pool.tank]\nraid = "raidz-1"\ndisk-list = [{names(slow[:3])}]\ncompress = "lz4"\n'
        f'[pool.tank.special]\n{pair}size = 0.25\nsmall-blocks = "4K"\n'
        f"[pool.tank.log]\n{pair}size = 0.125\n"
        f"[pool.tank.cache]\n{pair}"
    )
    text = base64.b64encode(asked.encode()).decode()
    create = "bedplate storage create /root/tank.toml --yes"
    add = "bedplate storage add tank --yes"
    with vm_lab.live(tmp_path / "live", (*slow, *fast)) as machine:
        machine.succeed(f"echo {text} | base64 -d >/root/tank.toml")
        machine.succeed(create, timeout=SECONDS)
        assert vdevs(machine) == [
            ("raidz1-0", 3),
            ("special", 0),
            ("mirror-1", 2),
            ("logs", 0),
            ("mirror-2", 2),
            ("cache", 2),
        ]
        assert "zfspool: tank" in machine.succeed("cat /etc/pve/storage.cfg")
        assert NOTHING in machine.succeed(create, timeout=SECONDS)
        machine.succeed("head -c 16777216 /dev/urandom >/tank/much")
        machine.succeed("(cd /tank && sha256sum much >sums)")
        weak = machine.fail(f"{add} --special {fast[2].serial}", timeout=SECONDS)
        assert "special-not-redundant" in weak
        machine.succeed(f"{add} --cache {fast[2].serial}", timeout=SECONDS)
        assert NOTHING in machine.succeed(f"{add} --cache {fast[2].serial}", timeout=SECONDS)
        assert ("cache", 3) in vdevs(machine)
        machine.succeed("zpool export tank && zpool import -d /dev/disk/by-id tank")
        machine.succeed("(cd /tank && sha256sum --check --quiet sums)")
