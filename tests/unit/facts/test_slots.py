"""The bay of a disk: an enclosure's word for it, or the number of a PCI slot."""

from __future__ import annotations

from pathlib import Path

import pytest

from bedplate.facts.slots import slot_of

SAS = "/sys/devices/pci0000:00/0000:00:05.0/host0/target0:0:3/0:0:3:0/block/sdd"
NVME = "/sys/devices/pci0000:3a/0000:3a:00.0/0000:3b:00.0/nvme/nvme0/nvme0n1"


def put(root: Path, path: str, text: str = "") -> None:
    place = root / path.lstrip("/")
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text)


@pytest.mark.parametrize(
    ("sys_path", "slot"), [(SAS, "Slot 03"), (SAS.replace("sdd", "sde"), None), (NVME, "12")]
)
def test_the_platform_says_in_which_bay_a_disk_is(
    sys_path: str, slot: str | None, tmp_path: Path
) -> None:
    put(tmp_path, f"{SAS}/device/enclosure_device:Slot 03")
    put(tmp_path, "/sys/bus/pci/slots/12/address", "0000:3b:00\n")
    # The adapter that the SAS disks are behind is in a slot too, which is not theirs.
    put(tmp_path, "/sys/bus/pci/slots/1/address", "0000:00:05\n")
    assert slot_of(sys_path, tmp_path) == slot


def test_where_nobody_knows_nothing_is_said(tmp_path: Path) -> None:
    assert slot_of(NVME, tmp_path) is None
