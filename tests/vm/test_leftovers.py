"""A host is installed over the worst that disks can hold, without a reboot, and starts.

Two disks hold an imported pool with the name of the new one, labels of another pool, and a stack of
array, open encrypted device, volume group and swap. A third one, which is not to be touched, holds
another pool of that name. Every kind but ZFS by itself is in `tests/uml/test_uml_leftovers.py`.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bedplate.errors import ExitCode
from bedplate.lab.answer import plan_answer
from bedplate.lab.machine import Disk
from bedplate.lab.provision import IMAGES
from bedplate.lab.ssh import make_key
from bedplate.lab.vm import Machine
from bedplate.model.facts import FirmwareKind
from bedplate.model.plan import RECORD, Plan
from tests.support.installed_host import check_storage
from tests.support.vm import PASSWORD, Installed, VmLab
from tests.vm.conftest import Boot

ANSWER = "/run/answer.toml"
LEFTOVERS = (
    "zpool create -f -O mountpoint=none rpool {c} && zfs create rpool/precious",
    "zpool export rpool",
    *(
        rf"printf 'label: gpt\nsize=4GiB\nsize=1GiB\n,\n' | sfdisk -q {{{disk}}}"
        for disk in ("a", "b")
    ),
    "udevadm settle",
    "zpool create -f -O mountpoint=none old mirror {a}-part2 {b}-part2 && zpool export old",
    "zpool create -f -O mountpoint=/run/rpool rpool mirror {a}-part3 {b}-part3",
    "mdadm --create /dev/md0 --run --quiet --level=1 --raid-devices=2 {a}-part1 {b}-part1",
    'dmsetup create inner --table "0 $(blockdev --getsz /dev/md0) crypt aes-xts-plain64'
    f' {"42" * 32} 0 /dev/md0 0"',
    "vgcreate -q pve /dev/mapper/inner && lvcreate -q -L 512M -n swap pve",
    "mkswap -q /dev/pve/swap && swapon /dev/pve/swap",
)
RELEASED = (
    r"Rename the pool rpool on other disks to rpool-OLD-\d+",
    "Export the pool rpool",
    "Stop swapping to /dev/mapper/pve-swap",
    "Close the volumes of the volume group pve",
    "Close /dev/mapper/inner",
    "Stop the md array /dev/md0",
)


@pytest.mark.full  # all but ZFS every day: tests/uml/test_uml_leftovers.py
def test_a_host_is_installed_over_everything_without_a_reboot(
    vm_lab: VmLab, tmp_path: Path, boot: Boot
) -> None:
    disks = vm_lab.disks(tmp_path, 3)
    key = make_key(tmp_path, "bedplate-test-over")
    with vm_lab.live(tmp_path, disks, name="over") as machine:
        names = {c: f"/dev/disk/by-id/{d.by_id}" for c, d in zip("abc", disks, strict=True)}
        for command in LEFTOVERS:
            machine.succeed(command.format_map(names))
        refuse(machine, disks[:2], key)
        install(machine, disks[:2], key)
        machine.shutdown()
    host = Installed("over", FirmwareKind.UEFI, disks[:2], tmp_path)
    with boot(host, disks=disks) as booted:
        plan = Plan.model_validate_json(booted.host.file(RECORD).content_string)
        check_storage(booted.host, plan.storage, health="ONLINE")


def give_answer(machine: Machine, disks: tuple[Disk, ...], key: str, extra: str) -> None:
    text = plan_answer("over", "zfs-mirror", disks, [key], PASSWORD).reveal() + extra
    machine.console.send_file(text.encode(), ANSWER)


def refuse(machine: Machine, disks: tuple[Disk, ...], key: str) -> None:
    """Without being asked to, nobody's work is interrupted and nothing is renamed."""
    give_answer(machine, disks, key, "")
    code, said = machine.console.execute(f"bedplate install {ANSWER} --yes --images {IMAGES}")
    assert code == ExitCode.REFUSED
    assert re.findall(r"refused\[(\S+)\]", said) == ["disk-in-use", "disk-in-use", "name-clash"]
    assert machine.succeed("zpool list -Ho name").split() == ["rpool"]


def install(machine: Machine, disks: tuple[Disk, ...], key: str) -> None:
    """Asked to, everything is let go of; the third disk has its pool, under another name."""
    give_answer(machine, disks, key, 'unmount = "yes"\nrename = "yes"\n')
    planned = machine.succeed(f"bedplate plan {ANSWER} --images {IMAGES}")
    steps = planned.partition("  release\n")[2].partition("  clear\n")[0].splitlines()
    assert len(steps) == len(RELEASED)
    for step, expected in zip(steps, RELEASED, strict=True):
        assert re.fullmatch(expected, step.strip())
    command = f"bedplate install {ANSWER} --yes --images {IMAGES} >/run/out 2>&1 || cat /run/out"
    assert machine.console.execute(command, timeout=1200) == (0, "")
    listed = machine.succeed("zpool import 2>&1 | sed -n 's/^ *pool: //p'").split()
    assert len(listed) == 2
    assert "rpool" in listed
    renamed = next(name for name in listed if name.startswith("rpool-OLD-"))
    machine.succeed(f"zpool import -N {renamed} && zfs list {renamed}/precious")
    machine.succeed(f"zpool export {renamed}")
