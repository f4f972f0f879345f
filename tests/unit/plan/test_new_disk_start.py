"""What makes a new disk start a host, found out from the disks that it is to be like."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bedplate.errors import RefusedError
from bedplate.model.bios_boot import BiosBootFact
from bedplate.model.disk_change import DiskChange, MatchBiosGrub, SetInstallDevices
from bedplate.model.esp import EspFacts, UuidList
from bedplate.model.facts import DiskFact, FirmwareKind
from bedplate.model.plan import Role
from bedplate.model.root_grub import RootGrub
from bedplate.model.step import InstallBiosGrub
from bedplate.plan.attach import AttachInput, plan_attachment
from bedplate.plan.ids import Ids
from bedplate.plan.replace import ReplaceInput, plan_replacement
from bedplate.units import GIB
from tests.unit.plan.builders import disk, machine
from tests.unit.plan.esps import blank
from tests.unit.plan.stores import MISSING, boot_disk, member, mirror, pool

BIOS, UEFI = FirmwareKind.BIOS, FirmwareKind.UEFI
WELL = BiosBootFact(boot_image="boot", core_sector=0, core_image="core")
GRUB = RootGrub(boot_image="boot", core_image="core", disks={"ata-DISK_S-a": WELL})
LOST_B = pool(mirror(member("a"), member("b", MISSING)))
NAME = "/dev/disk/by-id/ata-DISK_S-"


def asked(
    sibling: DiskFact | None = None,
    new: DiskFact | None = None,
    *,
    firmware: FirmwareKind = BIOS,
    esps: EspFacts | None = None,
    grub: RootGrub | None = GRUB,
    install_devices: tuple[str, ...] = (),
    missing_tools: tuple[str, ...] = (),
) -> ReplaceInput:
    """A host that lost the disk b, keeps no list of ESPs, and is given the disk c."""
    facts = machine(sibling or boot_disk("a"), new or disk("c"), firmware=firmware)
    return ReplaceInput(
        facts=facts.model_copy(update={"missing_tools": missing_tools}),
        stores=(LOST_B,),
        esps=esps or EspFacts(esps=(blank(disk="ata-DISK_S-a"),), boot_image="boot"),
        grub=grub,
        install_devices=install_devices,
    )


def planned(given: ReplaceInput) -> DiskChange:
    return plan_replacement(given, Ids(b"seed"))


def kinds(plan: DiskChange) -> list[str]:
    return [step.kind for step in plan.steps]


def without(sibling: DiskFact, *roles: int) -> DiskFact:
    """The disk without the partitions of these numbers."""
    parts = tuple(part for part in sibling.partitions if part.number not in roles)
    return sibling.model_copy(update={"partitions": parts})


def test_a_grub_that_reads_the_root_is_installed_once_the_data_is_there() -> None:
    plan = planned(asked())
    assert kinds(plan) == [
        "save-tables",
        "clear-disk",
        "partition-disk",
        "format-esp",
        "join-pool",
        "await-members",
        "install-bios-grub",
        "match-bios-grub",
        "change-host",
    ]
    (install,) = (step for step in plan.steps if isinstance(step, InstallBiosGrub))
    (match,) = (step for step in plan.steps if isinstance(step, MatchBiosGrub))
    assert (install.disk, install.reads) == ("ata-DISK_S-c", "root")
    assert match.disks == ("ata-DISK_S-a",)
    assert plan.warnings[0] == (
        "GRUB reads rpool itself on this host: the new disk starts it once it has all the data, "
        "and not before."
    )


def test_a_host_from_before_there_were_esps() -> None:
    """BIOS boot, data as partition 2, and the 8 MiB that ZFS on Linux kept at the end."""
    old = boot_disk("a")
    first, _, data = old.partitions
    kept = data.model_copy(
        update={
            "number": 9,
            "path": "/dev/sda9",
            "size_bytes": 8 << 20,
            "type_guid": "6a945a3b-1dd2-11b2-99a6-080020736631",
        }
    )
    parts = (first, data.model_copy(update={"number": 2, "path": "/dev/sda2"}), kept)
    lost = pool(mirror(member("a", number=2), member("b", MISSING, number=2)))
    given = replace(asked(old.model_copy(update={"partitions": parts})), stores=(lost,))
    plan = planned(given)
    table = [(part.number, part.role) for part in plan.disks[0].partitions]
    assert table == [(1, Role.BIOS_BOOT), (2, Role.DATA)]
    assert "install-bios-grub" in kinds(plan)
    assert plan.warnings[0].startswith("Partition 9 of /dev/sda is of no use")


def test_the_bios_boot_partition_has_the_number_that_its_sibling_has() -> None:
    old = boot_disk("a")
    first, _, data = old.partitions
    parts = (
        data.model_copy(update={"number": 1, "path": "/dev/sda1"}),
        first.model_copy(update={"number": 4, "path": "/dev/sda4"}),
    )
    lost = pool(mirror(member("a", number=1), member("b", MISSING, number=1)))
    given = replace(asked(old.model_copy(update={"partitions": parts})), stores=(lost,))
    table = [(p.number, p.role, p.first_sector) for p in planned(given).disks[0].partitions]
    assert table == [(4, Role.BIOS_BOOT, 34), (1, Role.DATA, 2048)]


def test_a_host_that_keeps_esps_goes_on_doing_so() -> None:
    listed = EspFacts(listed=UuidList(ids=("0001-AAAA",)), esps=(blank(),), boot_image="boot")
    plan = planned(asked(esps=listed, firmware=UEFI))
    assert "install-bios-grub" not in kinds(plan)
    assert kinds(plan).count("sync-esps") == 1


def test_disks_that_start_nothing_get_nothing_to_start_from() -> None:
    plan = planned(asked(without(boot_disk("a"), 1, 2), grub=GRUB.model_copy(update={"disks": {}})))
    assert "install-bios-grub" not in kinds(plan)
    assert not any("GRUB" in warning or "ESP" in warning for warning in plan.warnings)


def test_a_sibling_with_grub_in_the_gap_of_an_old_table_is_a_boot_disk_too() -> None:
    assert "install-bios-grub" in kinds(planned(asked(without(boot_disk("a"), 1, 2))))


def test_where_neither_is_there_it_is_told() -> None:
    plan = planned(asked(grub=None))
    assert "install-bios-grub" not in kinds(plan)
    assert plan.warnings[0].startswith("Nobody keeps the ESPs of this host in sync")


NO_FAT = EspFacts(esps=(blank(fat_id=None),), boot_image="boot")
CANNOT_READ = GRUB.model_copy(update={"unreadable": "unknown filesystem"})


@pytest.mark.parametrize(
    ("given", "code", "hint"),
    [
        (asked(firmware=UEFI), "esp-not-kept", "`bedplate esp adopt`"),
        (asked(firmware=UEFI, esps=NO_FAT), "esp-not-kept", "`bedplate esp format PARTITION`"),
        (asked(new=disk("c", sector_size=4096)), "bios-sector-size", "512 bytes"),
        (asked(missing_tools=("grub-install",)), "grub-missing", "apt install grub-pc-bin"),
        (asked(esps=EspFacts()), "grub-missing", "apt install grub-pc-bin"),
        (asked(grub=CANNOT_READ), "grub-cannot-read", "`bedplate esp format PARTITION`"),
    ],
    ids=[
        "an ESP that is mounted",
        "an ESP that was never used",
        "sectors that no BIOS starts from",
        "no grub-install",
        "no images of GRUB for BIOS",
        "a pool that GRUB cannot read",
    ],
)
def test_what_could_not_be_started_from_is_refused_with_the_way_out(
    given: ReplaceInput, code: str, hint: str
) -> None:
    with pytest.raises(RefusedError) as caught:
        planned(given)
    (problem,) = caught.value.problems
    assert problem.code == code
    assert hint in (problem.hint or "")


def test_no_number_for_a_bios_boot_partition_is_refused() -> None:
    old = without(boot_disk("a"), 1, 2)
    data = old.partitions[0].model_copy(update={"number": 1, "path": "/dev/sda1"})
    lost = pool(mirror(member("a", number=1), member("b", MISSING, number=1)))
    given = replace(asked(old.model_copy(update={"partitions": (data,)})), stores=(lost,))
    with pytest.raises(RefusedError, match="leaves no number for a BIOS boot partition"):
        planned(given)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ((), None),
        ((f"{NAME}a", f"{NAME}b"), (f"{NAME}a", f"{NAME}c")),
        (("/dev/sda", "/dev/sdb"), ("/dev/sda", f"{NAME}c")),
        ((f"{NAME}a", f"{NAME}c"), (f"{NAME}a", f"{NAME}c")),
    ],
    ids=["not set", "by-id names", "device nodes", "named already"],
)
@pytest.mark.parametrize("listed", [None, UuidList(ids=("0001-AAAA",))], ids=["root", "esps"])
def test_debian_learns_which_disks_have_grub(
    before: tuple[str, ...], after: tuple[str, ...] | None, listed: UuidList | None
) -> None:
    esps = EspFacts(listed=listed, esps=(blank(),), boot_image="boot")
    plan = planned(asked(esps=esps, install_devices=before))
    told = [step.devices for step in plan.steps if isinstance(step, SetInstallDevices)]
    assert told == ([] if after is None else [after])


def test_a_disk_that_goes_has_no_say_any_more() -> None:
    given = asked(install_devices=(f"{NAME}a", f"{NAME}b"))
    facts = machine(boot_disk("a"), boot_disk("b"), disk("c"), firmware=BIOS)
    whole = pool(mirror(member("a"), member("b")))
    plan = planned(replace(given, facts=facts, stores=(whole,), old="S-b"))
    (match,) = (step for step in plan.steps if isinstance(step, MatchBiosGrub))
    (told,) = (step for step in plan.steps if isinstance(step, SetInstallDevices))
    assert match.disks == ("ata-DISK_S-a",)
    assert told.devices == (f"{NAME}a", f"{NAME}c")


def test_a_disk_that_is_attached_starts_the_host_too() -> None:
    given = asked()
    alone = pool(mirror(member("a")).model_copy(update={"type": "disk"}))
    plan = plan_attachment(
        AttachInput(facts=given.facts, stores=(alone,), esps=given.esps, grub=GRUB), Ids(b"seed")
    )
    assert kinds(plan)[-3:] == ["install-bios-grub", "match-bios-grub", "change-host"]
    assert plan.disks[0].size_bytes == 16 * GIB
