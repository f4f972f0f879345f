"""The tables of every layout, written for real and read back by programs that had no part in it.

sfdisk shares libfdisk with the one that wrote them, sgdisk has its own code, libparted a third. A
layout that is added to `layouts/` is covered without being named here.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

import pytest

from bedplate.apply.disks import check_table
from bedplate.config.layouts import load_layout, load_layouts
from bedplate.facts import probe_disk_facts
from bedplate.model.layout import Layout
from bedplate.model.plan import DiskPlan
from bedplate.model.request import DiskSelection, Request, SpecialOptions
from bedplate.plan.ids import Ids
from bedplate.plan.install import plan_install
from bedplate.run import run
from bedplate.units import GIB
from tests.loop.conftest import AttachDisk
from tests.support.loop import write_tables
from tests.unit.plan.builders import MANIFEST, machine, request

_INFO = re.compile(
    r"Partition GUID code: (?P<kind>\S+).*?"
    r"Partition unique GUID: (?P<guid>\S+).*?"
    r"First sector: (?P<first>\d+).*?"
    r"Last sector: (?P<last>\d+).*?"
    r"Partition name: '(?P<name>.*?)'",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Row:
    """A partition as a program reads it; sectors are logical ones, both ends included."""

    first: int
    last: int
    kind: str
    guid: str
    name: str


@dataclass(frozen=True, slots=True)
class Table:
    """A whole table: the GUID of the disk, its sector size, its partitions by number."""

    guid: str
    sector_size: int
    rows: tuple[tuple[int, Row], ...]


@pytest.mark.parametrize("sector_size", [512, 4096])
@pytest.mark.parametrize("name", sorted(layout.name for layout in load_layouts()))
def test_tables_read_back_as_planned(name: str, sector_size: int, attach_disk: AttachDisk) -> None:
    layout = load_layout(name)
    # The second disk is the smaller one, as happens with disks of one class.
    number = layout.disks.minimum + (layout.special.minimum if layout.special else 0)
    sizes = [64 * GIB - (place == 1) * GIB for place in range(number)]
    disks = [attach_disk(size_bytes=size, sector_size=sector_size) for size in sizes]
    paths = [disk.path for disk in disks]
    facts = machine(*probe_disk_facts(run, paths))
    plan = plan_install(asking(layout, paths), layout, facts, MANIFEST, Ids(b"tables"))
    write_tables(*plan.disks)
    for disk in plan.disks:
        assert (by_sfdisk(disk.id), by_sgdisk(disk)) == (planned(disk), planned(disk))
        check_table(disk)


def asking(layout: Layout, paths: list[str]) -> Request:
    """The least that can be asked for, but for a log and a cache beside a special device."""
    data, special = paths[: layout.disks.minimum], paths[layout.disks.minimum :]
    options = SpecialOptions(
        disks=DiskSelection(names=tuple(special)), logsize_bytes=GIB, cachesize_bytes=GIB
    )
    ask = request(layout, *data)
    return ask.model_copy(update={"special": options}) if special else ask


def planned(disk: DiskPlan) -> Table:
    """The table as the plan has it."""
    rows = (
        (p.number, Row(p.first_sector, p.last_sector, p.type_guid, p.guid, p.role.value))
        for p in disk.partitions
    )
    return Table(disk.guid, disk.sector_size, tuple(rows))


def by_sfdisk(path: str) -> Table:
    """The table in the eyes of sfdisk."""
    said = json.loads(run(["sfdisk", "--json", path]).stdout)["partitiontable"]
    rows = (
        (
            int(part["node"].removeprefix(f"{path}p")),
            Row(
                part["start"],
                part["start"] + part["size"] - 1,
                part["type"].lower(),
                part["uuid"].lower(),
                part["name"],
            ),
        )
        for part in said["partitions"]
    )
    return Table(said["id"].lower(), said["sectorsize"], tuple(rows))


def by_sgdisk(disk: DiskPlan) -> Table:
    """The table in the eyes of sgdisk, which also has to find nothing wrong with it."""
    said = run(["sgdisk", "--verify", "--print", disk.id]).stdout
    assert "No problems found" in said
    guid = re.search(r"Disk identifier \(GUID\): (\S+)", said)
    sector = re.search(r"Sector size \(logical(?:/physical)?\): (\d+)", said)
    assert guid is not None
    assert sector is not None
    numbers = [int(line.split()[0]) for line in said.partition("Number  Start")[2].splitlines()[1:]]
    rows = tuple((number, _row(disk.id, number)) for number in numbers)
    return Table(guid[1].lower(), int(sector[1]), rows)


def _row(path: str, number: int) -> Row:
    found = _INFO.search(run(["sgdisk", f"--info={number}", path]).stdout)
    assert found is not None
    first, last = int(found["first"]), int(found["last"])
    return Row(first, last, found["kind"].lower(), found["guid"].lower(), found["name"])
