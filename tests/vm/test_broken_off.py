"""A replacement on ZFS that is broken off wherever it is, and goes on to the same end.

md and btrfs are broken off in user-mode-linux, at every step: tests/uml/test_uml_disk_change.py.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from bedplate.lab.machine import Disk
from bedplate.units import GIB, MIB
from tests.support.failing import slow_disk
from tests.support.vm import Booted, Installed, VmLab
from tests.vm.conftest import Boot
from tests.vm.test_new_disk import SECONDS, check_each_alone, end_well
from tests.vm.test_replace import Load, check_written

pytestmark = [pytest.mark.full, pytest.mark.xdist_group("mirror")]

# What the journal has when it happens: a step has begun, or is done and written down.
EVERYWHERE = (
    "done save-tables",
    "started clear-disk",
    "done clear-disk",
    "started partition-disk",
    "done partition-disk",
    "started format-esp",
    "started join",
    "done join",
    "done list-esp",
    "started sync-after-list-esp",
    "done sync-after-list-esp",
    "started await",
    "done await",
)
HERE_AND_THERE = (
    "done clear-disk",
    "started partition-disk",
    "done format-esp",
    "done join",
    "started sync-after-list-esp",
)
SLOWLY = 16 * MIB

# A signal ends the command; with the word `power` the machine is reset, and nothing is synced.
BREAK_OFF = """\
#!/bin/bash
# usage: break-off SIGNAL WHAT STEP
seen() { grep -c '"step-'"$1"'".*"step": "'"$2" /var/lib/bedplate/disk/journal.jsonl; }
before=$(seen "$2" "$3" 2>/dev/null)
bedplate disk replace --yes &
while [ "$(seen "$2" "$3" 2>/dev/null)" = "$before" ]; do
    kill -0 $! || exit 1
    sleep 0.05
done
[ $1 = power ] && echo b >/proc/sysrq-trigger
kill -$1 $!
wait $!
[ $? -gt 128 ]
"""


def test_a_replacement_that_is_killed_at_every_step_comes_to_its_end(
    mirror: Installed, boot: Boot, vm_lab: VmLab, tmp_path: Path
) -> None:
    (new,) = vm_lab.disks(tmp_path / "new", 1, size_bytes=16 * GIB)
    with boot(mirror, snapshot=False) as booted:
        load = lose_disk(booted, mirror.disks[1], new)
        for point in EVERYWHERE:
            booted.host.check_output(f"timeout {SECONDS} bash /root/break-off KILL {point}")
        booted.host.check_output(f"timeout {SECONDS} bedplate disk replace --yes")
        count = end_well(load)
        booted.machine.shutdown()
    check_each_alone(boot, mirror, (new, mirror.disks[0]), count)


def test_a_replacement_in_which_the_power_fails_comes_to_its_end(
    mirror: Installed, boot: Boot, vm_lab: VmLab, tmp_path: Path
) -> None:
    """And one in which the host is started again, when most of the data has been copied."""
    (new,) = vm_lab.disks(tmp_path / "new", 1, size_bytes=16 * GIB)
    with boot(mirror, snapshot=False) as booted:
        host, machine = booted.host, booted.machine
        lose_disk(booted, mirror.disks[1], new)
        for point in HERE_AND_THERE:
            booted.starts_again(f"bash /root/break-off power {point}")
            check_written(host)
        Load.begin(host)
        host.check_output("systemd-run --quiet bedplate disk replace --yes")
        host.check_output(
            "timeout 300 sh -c %s", "until zpool status | grep -q resilver; do :; done"
        )
        booted.starts_again("systemctl reboot")
        load = Load.begin(host)
        host.check_output(f"timeout {SECONDS} bedplate disk replace --yes")
        count = end_well(load)
        machine.shutdown()
    check_each_alone(boot, mirror, (new, mirror.disks[0]), count)


def lose_disk(booted: Booted, dead: Disk, new: Disk) -> Load:
    """A disk dies under load, and another one is put in that is not fast."""
    load = Load.begin(booted.host)
    booted.machine.unplug_disk(dead)
    load.goes_on()
    booted.machine.plug_disk(new)
    slow_disk(booted.machine, new, SLOWLY)
    booted.host.check_output("udevadm settle")
    booted.host.check_output(f"cat >/root/break-off <<'END'\n{BREAK_OFF}\nEND")
    booted.host.check_output("sync")
    return load
