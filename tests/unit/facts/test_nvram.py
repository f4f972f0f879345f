"""Boot entries read from a firmware's variables."""

from __future__ import annotations

import struct
from pathlib import Path
from uuid import UUID

import pytest

from bedplate.facts.nvram import parse_boot_entry, probe_boot_entries
from bedplate.model.nvram import BootEntries, BootEntry

GUID = "2239bc55-4385-4045-9bd5-17b4961a4428"
LOADER = r"\EFI\systemd\systemd-bootx64.efi"
GLOBAL = "8be4df61-93ca-11d2-aa0d-00e098032b8c"
NON_VOLATILE = struct.pack("<I", 7)


def text(words: str) -> bytes:
    return words.encode("utf-16-le") + b"\0\0"


def node(kind: int, subtype: int, body: bytes) -> bytes:
    return struct.pack("<BBH", kind, subtype, len(body) + 4) + body


def hard_drive(*, signature: int = 2) -> bytes:
    body = struct.pack("<IQQ16sBB", 2, 2048, 1048576, UUID(GUID).bytes_le, 2, signature)
    return node(4, 1, body)


PCI = node(2, 1, struct.pack("<II", 0x0A0341D0, 0))
FILE = node(4, 4, text(LOADER))
END = node(0x7F, 0xFF, b"")


def option(label: str, *nodes: bytes, active: bool = True, extra: bytes = b"") -> bytes:
    path = b"".join(nodes)
    return struct.pack("<IH", active, len(path)) + text(label) + path + extra


FOUND = BootEntry(number=1, label="bedplate S1", partition_guid=GUID, loader=LOADER)


@pytest.mark.parametrize(
    ("data", "entry"),
    [
        pytest.param(option("bedplate S1", hard_drive(), FILE, END), FOUND, id="ours"),
        pytest.param(
            option("bedplate S1", PCI, hard_drive(), FILE, END, extra=b"RC"),
            FOUND,
            id="with the way to the disk, and data for the loader",
        ),
        pytest.param(
            option("bedplate S1", hard_drive(), FILE, END, active=False),
            FOUND.model_copy(update={"active": False}),
            id="switched off",
        ),
        pytest.param(
            option("Ünïx", hard_drive(signature=1), FILE, END),
            BootEntry(number=1, label="Ünïx", loader=LOADER),
            id="on a disk with an MBR",
        ),
        pytest.param(
            option("UEFI PXE", PCI, END), BootEntry(number=1, label="UEFI PXE"), id="no disk"
        ),
        pytest.param(
            option("Broken", hard_drive(), b"\4\4\xff\xff\0"),
            BootEntry(number=1, label="Broken", partition_guid=GUID),
            id="a node longer than the path",
        ),
        pytest.param(
            option("Broken", b"\4\1\0\0", END),
            BootEntry(number=1, label="Broken"),
            id="a node of no length",
        ),
        pytest.param(b"\1\0", BootEntry(number=1, label="", active=False), id="cut off"),
    ],
)
def test_a_load_option(data: bytes, entry: BootEntry) -> None:
    assert parse_boot_entry(1, data) == entry


def test_the_entries_of_a_machine(tmp_path: Path) -> None:
    folder = tmp_path / "sys/firmware/efi/efivars"
    folder.mkdir(parents=True)
    variables = {
        "Boot0001": option("bedplate S1", hard_drive(), FILE, END),
        "Boot000A": option("UEFI PXE", PCI, END),
        "BootOrder": struct.pack("<3H", 10, 1, 2),
        "BootCurrent": struct.pack("<H", 1),
        "BootOptionSupport": struct.pack("<I", 1),
    }
    for name, value in variables.items():
        (folder / f"{name}-{GLOBAL}").write_bytes(NON_VOLATILE + value)
    (folder / "Boot0002-00000000-0000-0000-0000-000000000000").write_bytes(b"not a boot entry")
    assert probe_boot_entries(tmp_path) == BootEntries(
        entries=(FOUND, BootEntry(number=10, label="UEFI PXE")), order=(10, 1, 2), current=1
    )


def test_a_machine_started_by_bios_has_none(tmp_path: Path) -> None:
    assert probe_boot_entries(tmp_path) == BootEntries()
