"""The installer medium on a USB stick, started by firmware and its own loaders."""

from __future__ import annotations

from pathlib import Path

import pytest

from bedplate.model.facts import FirmwareKind
from tests.support.vm import VmLab, facts_of

pytestmark = pytest.mark.full  # with Secure Boot on it is started by test_secure_boot


@pytest.mark.parametrize("firmware", FirmwareKind)
def test_the_medium_starts_the_installer(
    vm_lab: VmLab, tmp_path: Path, firmware: FirmwareKind
) -> None:
    disks = vm_lab.disks(tmp_path, 1)
    with vm_lab.from_stick(tmp_path, disks, firmware=firmware) as machine:
        facts = facts_of(machine)
        machine.succeed("test -s /run/live/medium/live/base.squashfs")
    assert (facts.firmware.kind, facts.firmware.secure_boot) == (firmware, False)
    stick, blank = sorted(facts.disks, key=lambda disk: disk.size_bytes)
    assert (stick.transport, stick.removable) == ("usb", True)
    assert blank.serial == disks[0].serial
