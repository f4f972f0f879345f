"""Which bay of the machine a disk is in, where the platform knows: a label that is on the outside.

SAS and SATA backplanes have enclosure services (drivers/misc/enclosure.c), NVMe bays are slots of
PCI hotplug (Documentation/ABI/testing/sysfs-bus-pci).
"""

from __future__ import annotations

from pathlib import Path

_ENCLOSURE = "enclosure_device:"


def slot_of(sys_path: str, root: Path = Path("/")) -> str | None:
    """The name of the bay of a disk, by its place in sysfs; `None` where nobody knows it."""
    device = root / sys_path.lstrip("/") / "device"
    bays = sorted(entry.name for entry in device.glob(f"{_ENCLOSURE}*"))
    if bays:
        return bays[0].removeprefix(_ENCLOSURE).strip() or None
    return _pci_slot(sys_path, root)


def _pci_slot(sys_path: str, root: Path) -> str | None:
    """The slot of the drive's own PCI device; the adapter of several disks is not one of theirs."""
    if "/nvme/" not in sys_path:
        return None
    for address in sorted((root / "sys/bus/pci/slots").glob("*/address")):
        try:
            wanted = f"/{address.read_text().strip()}."
        except OSError:
            continue
        if wanted in sys_path.partition("/nvme/")[0] + "/":
            return address.parent.name
    return None
