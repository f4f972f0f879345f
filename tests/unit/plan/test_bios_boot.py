"""When a sync installs GRUB for BIOS again."""

from __future__ import annotations

import pytest

from bedplate.model.bios_boot import BiosBootFact
from bedplate.model.esp import BIOS_GRUB_SOURCES, EspFact, EspFile, SourceFile
from bedplate.plan.esp_sync import plan_sync
from tests.unit.plan.esps import A, asked, blank

MODULE = SourceFile(path=f"{BIOS_GRUB_SOURCES}/normal.mod", size_bytes=1, sha256="module")
FILES = (
    EspFile(path="grub/i386-pc/normal.mod", size_bytes=1, sha256="module"),
    EspFile(path="grub/i386-pc/core.img", size_bytes=30000, sha256="core"),
)
GRUB = BiosBootFact(boot_image="boot", core_sector=34, core_image="core")
WELL = blank(bios_boot_sector=34, bios=GRUB, files=FILES)


def with_bios(**changes: str | int | None) -> EspFact:
    return WELL.model_copy(update={"bios": GRUB.model_copy(update=changes)})


@pytest.mark.parametrize(
    ("esp", "installs"),
    [
        pytest.param(WELL, False, id="all is well"),
        pytest.param(blank(bios_boot_sector=34, bios=BiosBootFact()), True, id="a new ESP"),
        pytest.param(blank(), False, id="no BIOS boot partition"),
        pytest.param(WELL.model_copy(update={"files": FILES[1:]}), True, id="a module is missing"),
        pytest.param(with_bios(boot_image=None), True, id="no GRUB in the first sector"),
        pytest.param(with_bios(boot_image="older"), True, id="an older boot image"),
        pytest.param(with_bios(core_sector=99), True, id="another place"),
        pytest.param(with_bios(core_image="zeroes"), True, id="an empty BIOS boot partition"),
    ],
)
def test_grub_is_installed_where_a_bios_would_not_find_it(esp: EspFact, installs: bool) -> None:
    given = asked([esp], [A], more_sources=(MODULE,), boot_image="boot")
    assert [lane.install_bios_grub for lane in plan_sync(given).lanes] == [installs]
