"""What is said of the boot disks of a host whose GRUB reads the root file system."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bedplate.model.bios_boot import BiosBootFact
from bedplate.model.diagnosis import BootDisk
from bedplate.model.esp import EspFacts
from bedplate.model.esp_sync import SyncPlan
from bedplate.model.facts import FirmwareKind
from bedplate.model.root_grub import RootGrub
from bedplate.plan.doctor import DoctorInput, diagnose
from tests.unit.plan.builders import disk
from tests.unit.plan.stores import boot_disk, member, mirror, pool

BIOS = FirmwareKind.BIOS
WELL = BiosBootFact(boot_image="boot", core_sector=0, core_image="core")


def other(**changes: str | int) -> BiosBootFact:
    return WELL.model_copy(update=changes)


def said(found: BootDisk) -> list[tuple[FirmwareKind, str]]:
    """Every fault by firmware, in few words."""
    return [
        (verdict.firmware, fault.code) for verdict in found.verdicts for fault in verdict.faults
    ]


BY_GRUB = RootGrub(
    boot_image="boot",
    core_image="core",
    disks=dict.fromkeys(("ata-DISK_S-a", "ata-DISK_S-b"), WELL),
)
WITH_GRUB = DoctorInput(
    pools=(),
    volume_groups=(),
    esps=EspFacts(),
    sync=SyncPlan(),
    stores=(pool(mirror(member("a"), member("b"))),),
    disks=(boot_disk("a"), boot_disk("b"), disk("c")),
    grub=BY_GRUB,
)


def with_grub(**changes: object) -> DoctorInput:
    return replace(WITH_GRUB, grub=BY_GRUB.model_copy(update=changes))


def with_other_grub(found: BiosBootFact) -> DoctorInput:
    """Of the second disk."""
    return with_grub(disks={**BY_GRUB.disks, "ata-DISK_S-b": found})


def test_a_host_whose_grub_reads_the_root_is_looked_at_as_a_bios_does() -> None:
    found = diagnose(WITH_GRUB)
    assert found.is_well
    assert [(d.disk, d.esp, [v.firmware for v in d.verdicts]) for d in found.disks] == [
        ("ata-DISK_S-a", None, [BIOS]),
        ("ata-DISK_S-b", None, [BIOS]),
    ]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (with_other_grub(BiosBootFact()), "has no GRUB in its first sector"),
        (
            with_other_grub(other(boot_image="older")),
            "has a boot image in its first sector that is",
        ),
        (with_other_grub(other(core_sector=7)), "looks for GRUB at sector 7, and"),
        (
            with_other_grub(other(core_image="older")),
            "has a core image of GRUB in its BIOS boot partition that is not the one of /boot/grub",
        ),
        (with_other_grub(BiosBootFact(error="Input/output error")), "cannot be read: Input/output"),
    ],
)
def test_what_is_wrong_with_grub_on_one_disk(given: DoctorInput, message: str) -> None:
    first, second = diagnose(given).disks
    assert (said(first), said(second)) == ([], [(BIOS, "bios-boot")])
    (fault,) = second.verdicts[0].faults
    assert fault.message.startswith(message)
    assert fault.hint == "`grub-install /dev/sdb` mends it"


def test_grub_in_the_gap_behind_an_old_table_is_well() -> None:
    old = boot_disk("b").model_copy(update={"table": "dos", "partitions": ()})
    given = replace(with_other_grub(other(core_sector=1)), disks=(boot_disk("a"), old))
    assert diagnose(given).is_well
    assert len(diagnose(given).disks) == 2


@pytest.mark.parametrize(("used", "disks"), [(True, 1), (False, 0)], ids=["in use", "nobody's"])
def test_the_only_disk_is_one_by_its_use_if_grub_is_gone(used: bool, disks: int) -> None:
    alone = boot_disk("a")
    if used:
        first, esp, data = alone.partitions
        held = data.model_copy(update={"holders": ("dm-0",)})
        alone = alone.model_copy(update={"partitions": (first, esp, held)})
    without = with_grub(disks={"ata-DISK_S-a": BiosBootFact()})
    found = diagnose(replace(without, disks=(alone,), stores=()))
    assert [said(one) for one in found.disks] == [[(BIOS, "bios-boot")]] * disks
    assert [problem.code for problem in found.problems] == ["no-boot-disk"] * (not disks)


def test_a_pool_that_grub_cannot_read_any_more_starts_from_no_disk() -> None:
    found = diagnose(with_grub(unreadable="unknown filesystem"))
    assert [said(one) for one in found.disks] == [[(BIOS, "grub-cannot-read")]] * 2


def test_grub_without_a_menu_is_something_to_mend() -> None:
    assert [problem.code for problem in diagnose(with_grub(has_menu=False)).problems] == ["no-menu"]
