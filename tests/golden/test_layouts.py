"""Every layout, planned for the smallest set of disks it takes, as a person reads the plan.

Each layout is planned for disks of 512 and of 4096-byte sectors, under BIOS and under UEFI; where
that cannot be, the file has the refusal instead. Parts that do not depend on the layout (files,
steps, what is destroyed) are left to `test_plans.py`.
"""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path
from typing import Final

import pytest

from bedplate.config.layouts import load_layout, load_layouts
from bedplate.errors import RefusedError
from bedplate.model.facts import DiskFact, Facts, Firmware, FirmwareKind, NicFact
from bedplate.model.request import DhcpNetwork, DiskSelection, Request, RootPassword, SpecialOptions
from bedplate.model.secret import Secret
from bedplate.plan.ids import Ids
from bedplate.plan.install import plan_install
from bedplate.render.plan_text import render_plan
from bedplate.units import GIB
from tests.golden.test_plans import MANIFEST
from tests.support.golden import compare

HERE = Path(__file__).parent / "layouts"
DISK_BYTES: Final = 200 * GIB
MEMORY_BYTES: Final = 16 * GIB
SECTIONS: Final = ("Warnings", "Disks", "Storage", "Boot")
CASES = [
    (layout.name, firmware, sector_size)
    for layout, firmware, sector_size in product(load_layouts(), FirmwareKind, (512, 4096))
]


def machine(disks: int, firmware: FirmwareKind, sector_size: int) -> Facts:
    """A machine with as many blank disks as a layout takes, the second a little smaller."""
    return Facts(
        firmware=Firmware(kind=firmware, nvram_writable=firmware is FirmwareKind.UEFI),
        memory_bytes=MEMORY_BYTES,
        disks=tuple(
            DiskFact(
                path=f"/dev/sd{chr(ord('a') + number)}",
                by_id=(f"ata-DISK_{number}",),
                serial=f"DISK_{number}",
                model="DISK",
                transport="sata",
                size_bytes=DISK_BYTES - (number == 1) * GIB,
                sector_size=sector_size,
                physical_sector_size=4096,
            )
            for number in range(disks)
        ),
        nics=(NicFact(name="eno1", mac="52:54:00:00:00:01", physical=True),),
    )


def request(layout: str, facts: Facts) -> Request:
    """All disks of the machine, in their order, and every option left alone."""
    paths = tuple(disk.path for disk in facts.disks)
    rule = load_layout(layout).special
    data = paths if rule is None else paths[: -rule.minimum]
    return Request(
        layout=layout,
        hostname="host",
        domain="example.test",
        country="at",
        keyboard="en-us",
        timezone="UTC",
        mailto="admin@example.test",
        root_password=RootPassword(text=Secret("never-in-a-plan"), hashed=False),
        disks=DiskSelection(names=data),
        special=rule and SpecialOptions(disks=DiskSelection(names=paths[len(data) :])),
        network=DhcpNetwork(),
    )


def planned(name: str, firmware: FirmwareKind, sector_size: int) -> str:
    layout = load_layout(name)
    facts = machine(layout.fewest_disks, firmware, sector_size)
    try:
        plan = plan_install(request(name, facts), layout, facts, MANIFEST, Ids(b"golden"))
    except RefusedError as refused:
        return "".join(f"[{problem.code}] {problem}\n" for problem in refused.problems)
    sections = re.split(r"\n\n(?=\w)", render_plan(plan))
    return "\n\n".join(s for s in sections if s.startswith(SECTIONS)) + "\n"


@pytest.mark.parametrize(("name", "firmware", "sector_size"), CASES)
def test_layout(name: str, firmware: FirmwareKind, sector_size: int) -> None:
    file = HERE / f"{name}-{firmware}-{sector_size}.txt"
    compare(file, planned(name, firmware, sector_size))


def test_no_golden_file_is_of_a_layout_that_is_gone() -> None:
    wanted = {f"{name}-{firmware}-{sector}.txt" for name, firmware, sector in CASES}
    assert {path.name for path in HERE.iterdir()} == wanted


def test_every_layout_is_documented() -> None:
    documented = (HERE.parents[2] / "docs" / "layouts.md").read_text(encoding="utf-8")
    assert [x.name for x in load_layouts() if f"| `{x.name}` |" not in documented] == []
