"""Who a disk is: its lasting names, serial, model and how it is attached. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Mapping

# Names that only a machine can read come after those with a model and a serial: world-wide names,
# NVMe's namespace ids, the UUIDs of memory.
_NUMBERS_ONLY = re.compile(
    r"(wwn-|nvme-eui\.|nvme-nvme\.|nvme-uuid\.|scsi-3|scsi-2|dm-uuid-|md-uuid-|pmem-)"
)
_BUSES = re.compile(r"(nvme-|ata-|usb-|virtio-|mmc-|ieee1394-|md-name-)")
# A map's own name comes last of all: multipath(8) deals it out by a file that the installer and the
# installed system do not share. The map's UUID is no better, since it does not name its partitions.
_PASSING = re.compile(r"dm-(name|uuid)-")
# What udev knows of the drive itself, whichever way leads to it.
_OF_THE_DRIVE = re.compile(
    r"ID_(BUS|TYPE|SCSI|REVISION|(VENDOR|MODEL)(_ENC|_ID)?|(SCSI_|USB_)?SERIAL(_SHORT)?|WWN\w*)"
)

TRANSPORTS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("nvme", re.compile(r"/nvme\d+")),
    ("usb", re.compile(r"/usb\d+/")),
    ("iscsi", re.compile(r"/session\d+/")),
    ("fc", re.compile(r"/rport-")),
    ("sas", re.compile(r"/end_device-")),
    ("sata", re.compile(r"/ata\d+/")),
    ("mmc", re.compile(r"/mmc_host/")),
    ("pmem", re.compile(r"/ndbus\d+/")),
    ("virtio", re.compile(r"/virtio\d+/")),
)


def rank_by_id(names: tuple[str, ...]) -> tuple[str, ...]:
    """Names under /dev/disk/by-id, the most telling first, always in the same order.

    A name with model and serial goes before a world-wide name, the drive's own bus before the SCSI
    layer's view of it (`ata-` before `scsi-SATA_`), and a short name before a longer one (udev
    gives an NVMe disk a second name that ends in the number of the namespace).
    """
    return tuple(sorted(names, key=_rank))


def serial_of(attributes: Mapping[str, str], properties: Mapping[str, str]) -> str | None:
    """The serial number that is printed on the drive, if it tells."""
    keys = ("ID_SCSI_SERIAL", "ID_SERIAL_SHORT")
    return _first(properties, keys) or _first(attributes, ("serial", "device/serial"))


def wwn_of(attributes: Mapping[str, str], properties: Mapping[str, str]) -> str | None:
    """The world-wide name, as udev writes it (`0x5000…`, `eui.…`)."""
    found = _first(properties, ("ID_WWN_WITH_EXTENSION", "ID_WWN"))
    if found is not None:
        return found
    found = _first(attributes, ("wwid", "device/wwid"))
    if found is None or not found.startswith(("naa.", "eui.", "nvme.", "uuid.")):
        return None  # a T10 string repeats vendor, model and serial
    return "0x" + found.removeprefix("naa.") if found.startswith("naa.") else found


def model_of(attributes: Mapping[str, str], properties: Mapping[str, str]) -> str | None:
    """The model in plain letters; udev's own form has underscores for blanks."""
    encoded = properties.get("ID_MODEL_ENC")
    if encoded is not None and (model := _decoded(encoded)):
        return model
    return _first(attributes, ("device/model", "device/name")) or _first(
        properties, ("ID_MODEL", "ID_NAME")
    )


def drive_properties(properties: Mapping[str, str]) -> dict[str, str]:
    """The udev properties of a path that hold for the drive behind it."""
    return {key: value for key, value in properties.items() if _OF_THE_DRIVE.fullmatch(key)}


def transport_of(sys_path: str) -> str | None:
    """How the disk is attached, read off its place in the device tree.

    The attachment counts, not the drive: a SATA drive behind a SAS adapter is `sas`.
    """
    return next((name for name, pattern in TRANSPORTS if pattern.search(sys_path)), None)


def _rank(name: str) -> tuple[bool, bool, bool, int, str]:
    return (
        bool(_PASSING.match(name)),
        bool(_NUMBERS_ONLY.match(name)),
        not _BUSES.match(name),
        len(name),
        name,
    )


def _first(values: Mapping[str, str], keys: tuple[str, ...]) -> str | None:
    return next((text for key in keys if (text := values.get(key, "").strip())), None)


def _decoded(encoded: str) -> str:
    """udev writes bytes that are not plain as \\xNN (udev(7), ENV of usb and scsi devices)."""
    plain = re.sub(r"\\x([0-9a-f]{2})", lambda match: chr(int(match[1], 16)), encoded)
    return " ".join(plain.split())
