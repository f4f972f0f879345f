"""The power fails while ESPs are being synced, and the host starts all the same."""

from __future__ import annotations

import pytest

from tests.support.vm import Installed
from tests.vm.conftest import Boot

pytestmark = pytest.mark.xdist_group("mirror")

# How much of what a sync has to write is written when the power fails.
POINTS = (0.02, 0.3, 0.5, 0.7, 0.98)
# Zeros behind the last archive of an initramfs mean nothing to the kernel.
CHANGE = "truncate -s +4096 /boot/initrd.img-$(uname -r) && sync"
CUT = """#!/bin/bash
# usage: cut SECTORS; as many are written to the disks from now on. Resets without a sync.
written() {
    sum=0
    for file in /sys/block/sd?/stat; do read -r -a fields <$file; ((sum += fields[6])); done
}
written; begun=$sum
bedplate esp sync &
while written; ((sum - begun < $1)); do :; done
echo b >/proc/sysrq-trigger
"""


@pytest.mark.full
def test_a_host_whose_power_fails_in_a_sync_starts_and_mends_it(
    mirror: Installed, boot: Boot
) -> None:
    with boot(mirror, snapshot=False) as booted:
        here = booted.host
        here.check_output(f"cat >/root/cut <<'END'\n{CUT}\nEND")
        for point in POINTS:
            here.check_output(CHANGE)
            one = int(here.check_output("stat -L -c %s /boot/initrd.img-$(uname -r)"))
            sectors = round(point * len(mirror.disks) * one / 512)
            booted.starts_again(f"bash /root/cut {sectors}")
            here.run("bedplate esp sync")
            here.check_output("bedplate esp status")
            here.check_output("bedplate doctor")
