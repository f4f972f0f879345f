"""`bedplate facts`: what people and programs get to see."""

from __future__ import annotations

import os
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from bedplate.cli import facts as command
from bedplate.cli.facts_view import facts_view
from bedplate.cli.tables import show
from bedplate.errors import RefusedError
from bedplate.facts.saved import load_facts
from bedplate.model.facts import (
    Address,
    DiskFact,
    Facts,
    Firmware,
    FirmwareKind,
    LogicalVolumeFact,
    NicFact,
    PartitionFact,
    PoolFact,
    Signature,
    VolumeGroupFact,
)
from bedplate.model.gpt import ESP_TYPE
from bedplate.units import GIB, MIB, TIB

ESP_PARTITION = PartitionFact(
    number=2,
    path="/dev/sda2",
    first_sector=2048,
    last_sector=2099199,
    size_bytes=GIB,
    type_guid=ESP_TYPE,
    name="EFI",
    signatures=(Signature(kind="vfat", label="ESP"),),
    mounts=("/boot/efi",),
)
DISKS = (
    DiskFact(
        path="/dev/sda",
        by_id=("ata-Samsung_SSD_870_EVO_1TB_S6PUNX0R",),
        size_bytes=TIB,
        sector_size=512,
        physical_sector_size=4096,
        table="gpt",
        partitions=(ESP_PARTITION,),
        signatures=(Signature(kind="gpt"), Signature(kind="PMBR")),
    ),
    DiskFact(
        path="/dev/sdb",
        size_bytes=TIB,
        sector_size=4096,
        physical_sector_size=4096,
        signatures=(Signature(kind="LVM2_member"),),
        holders=("/dev/mapper/pve-root",),
        error="Input/output error",
    ),
)
VOLUME = LogicalVolumeFact(name="root", uuid="v", size_bytes=96 * GIB, kind="linear", active=True)
FACTS = Facts(
    firmware=Firmware(kind=FirmwareKind.UEFI, secure_boot=True, nvram_writable=True),
    memory_bytes=16 * GIB,
    disks=DISKS,
    pools=(
        PoolFact(name="rpool", guid="1", state="DEGRADED", imported=True, members=("/dev/sda3",)),
    ),
    volume_groups=(
        VolumeGroupFact(
            name="pve",
            uuid="u",
            size_bytes=TIB,
            free_bytes=16 * GIB,
            extent_bytes=4 * MIB,
            pvs=("/dev/sdb",),
            volumes=(VOLUME,),
        ),
    ),
    nics=(
        NicFact(
            name="eno1",
            mac="52:54:00:00:00:01",
            physical=True,
            driver="igb",
            up=True,
            addresses=(Address(cidr="192.0.2.7/24"),),
        ),
    ),
    missing_tools=("zpool",),
)
EMPTY = Facts(firmware=Firmware(kind=FirmwareKind.BIOS), memory_bytes=GIB)
TEXT = """\
Started by UEFI, Secure Boot on, boot entries can be changed, 16 GiB of memory
Disks
path      size   sector     content      used-by               id
/dev/sda  1 TiB  512/4096   gpt                                ata-Samsung_SSD_870_EVO_1TB_S6PUNX0R
/dev/sdb  1 TiB  4096/4096  LVM2_member  /dev/mapper/pve-root  /dev/sdb
Partitions
path       size   role  content   used-by
/dev/sda2  1 GiB  EFI   vfat ESP  /boot/efi
ZFS pools
name   state     imported  members
rpool  DEGRADED  yes       /dev/sda3
Volume groups
name  size   free    PVs       volumes
pve   1 TiB  16 GiB  /dev/sdb  root 96 GiB
Network interfaces
name  MAC                link  driver  addresses
eno1  52:54:00:00:00:01  up    igb     192.0.2.7/24
/dev/sdb could not be read: Input/output error
Not installed, though an installation needs it: zpool
"""


def printed(facts: Facts) -> str:
    out = StringIO()
    show(facts_view(facts), Console(file=out, width=40))
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


def test_tables() -> None:
    assert printed(FACTS) == TEXT


def test_a_machine_with_nothing() -> None:
    assert printed(EMPTY) == "Started by BIOS, 1 GiB of memory\n"


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Root on the machine of `FACTS`."""
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(command, "probe_facts", lambda _run, include_loop: FACTS)


@pytest.mark.usefixtures("machine")
def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    command.facts_command(as_json=True, save=None, loop=False)
    assert Facts.model_validate_json(capsys.readouterr().out) == FACTS


@pytest.mark.usefixtures("machine")
def test_save(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "facts.json"
    command.facts_command(as_json=False, save=path, loop=False)
    assert load_facts(path) == FACTS
    assert capsys.readouterr().out == f"{path}: disks: 2, network interfaces: 1\n"


def test_only_root(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    path = tmp_path / "facts.json"
    with pytest.raises(RefusedError) as caught:
        command.facts_command(as_json=False, save=path, loop=False)
    assert caught.value.problems[0].code == "not-root"
    assert not path.exists()
