"""What is said of each boot disk: a disk that is well, and one thing wrong with it at a time."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import pytest

from bedplate.errors import Problem
from bedplate.model.bios_boot import BiosBootFact
from bedplate.model.diagnosis import BootDisk, Diagnosis
from bedplate.model.esp import EspFact, EspFacts, EspFile, UuidList
from bedplate.model.esp_sync import (
    Lane,
    MendFat,
    PutFile,
    PutFiles,
    RemoveFiles,
    Stage,
    SyncPlan,
)
from bedplate.model.facts import (
    FirmwareKind,
    PoolFact,
    VolumeGroupFact,
)
from bedplate.model.gpt import ESP_TYPE
from bedplate.model.nvram import BootEntry, NewEntry, NvramPlan, WantedEntry
from bedplate.model.store import MemberFact, MemberGroup, MemberState, StoreFact
from bedplate.model.trial import BootTrial
from bedplate.plan.doctor import DoctorInput, diagnose, starts_to_try
from bedplate.units import GIB, MIB

BIOS, UEFI = FirmwareKind.BIOS, FirmwareKind.UEFI
GRUB = BiosBootFact(boot_image="boot", core_sector=34, core_image="core")
KERNEL = "EFI/proxmox/6.12.1-amd64/vmlinuz-6.12.1-amd64"


def esp(letter: str, fat_id: str) -> EspFact:
    return EspFact(
        disk=f"ata-{letter}",
        title=f"MODEL, serial {letter}, /dev/sd{letter}",
        path=f"/dev/sd{letter}2",
        number=2,
        guid=f"{letter}2",
        type_guid=ESP_TYPE,
        size_bytes=512 * MIB,
        fat_id=fat_id,
        bios_boot_sector=34,
        bios=GRUB,
        files=(
            EspFile(path="grub/i386-pc/core.img", size_bytes=30000, sha256="core"),
            EspFile(path=KERNEL, size_bytes=1000, sha256="kernel"),
        ),
    )


def lane(of: EspFact, *steps: MendFat | PutFiles | RemoveFiles) -> Lane:
    return Lane(
        disk=of.disk,
        title=of.title,
        path=of.path,
        number=2,
        fat_id=of.fat_id or "",
        steps=steps,
    )


def put(path: str) -> PutFiles:
    file = PutFile(path=path, size_bytes=1, sha256="wanted")
    return PutFiles(stage=Stage.KERNELS, summary="Write", files=(file,))


A, B = esp("a", "AAAA-0001"), esp("b", "BBBB-0002")
WELL = DoctorInput(
    pools=(),
    volume_groups=(),
    esps=EspFacts(listed=UuidList(ids=("AAAA-0001", "BBBB-0002")), esps=(A, B), boot_image="boot"),
    sync=SyncPlan(lanes=(lane(A), lane(B))),
)


def with_lane(*steps: MendFat | PutFiles | RemoveFiles) -> DoctorInput:
    """Something is to be done to the second ESP."""
    return replace(WELL, sync=SyncPlan(lanes=(lane(A), lane(B, *steps))))


def with_second(**changes: object) -> DoctorInput:
    """Something is different about the second ESP, or about its disk."""
    other = B.model_copy(update=changes)
    return replace(WELL, esps=WELL.esps.model_copy(update={"esps": (A, other)}))


def with_nvram(changes: NvramPlan) -> DoctorInput:
    return replace(WELL, sync=WELL.sync.model_copy(update={"nvram": changes}))


def with_bios(found: BiosBootFact) -> DoctorInput:
    return with_second(bios=found)


def grub(**changes: str | int | None) -> BiosBootFact:
    return GRUB.model_copy(update=changes)


def said(found: BootDisk) -> list[tuple[FirmwareKind, str, str]]:
    """Every fault (`!`) and warning (`?`) by firmware, in few words."""
    return [
        (verdict.firmware, mark, problem.code)
        for verdict in found.verdicts
        for mark, problems in (("!", verdict.faults), ("?", verdict.warnings))
        for problem in problems
    ]


def test_a_host_that_is_well() -> None:
    found = diagnose(WELL)
    assert found.is_well
    assert [(d.disk, [v.firmware for v in d.verdicts]) for d in found.disks] == [
        ("ata-a", [BIOS, UEFI]),
        ("ata-b", [BIOS, UEFI]),
    ]


def test_a_disk_with_large_sectors_is_not_asked_about_bios() -> None:
    found = diagnose(with_second(sector_size=4096, bios_boot_sector=None, bios=None))
    assert found.is_well
    assert [verdict.firmware for verdict in found.disks[1].verdicts] == [UEFI]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param(
            with_lane(put(KERNEL)),
            [(BIOS, "!", "esp-file-differs"), (UEFI, "!", "esp-file-differs")],
            id="one byte of a kernel",
        ),
        pytest.param(
            with_lane(put("EFI/BOOT/BOOTX64.EFI")),
            [(UEFI, "!", "esp-file-missing")],
            id="a loader is missing",
        ),
        pytest.param(
            with_lane(put("loader/loader.conf")),
            [(UEFI, "!", "esp-file-missing")],
            id="the configuration of systemd-boot",
        ),
        pytest.param(
            with_lane(put("GRUB/I386-PC/normal.mod")),
            [(BIOS, "!", "esp-file-missing")],
            id="a module of GRUB, in capitals",
        ),
        pytest.param(
            with_lane(put("grub/grub.cfg")),
            [(BIOS, "!", "esp-file-missing"), (UEFI, "!", "esp-file-missing")],
            id="GRUB's menu, which GRUB for UEFI reads too",
        ),
        pytest.param(
            with_lane(MendFat(stage=Stage.MEND, summary="Mend")),
            [(BIOS, "!", "esp-unclean"), (UEFI, "!", "esp-unclean")],
            id="a file system that was not unmounted",
        ),
        pytest.param(
            with_lane(RemoveFiles(stage=Stage.STALE_FILES, summary="Remove", paths=("x",))),
            [(BIOS, "?", "esp-leftover"), (UEFI, "?", "esp-leftover")],
            id="a kernel that is not wanted any more",
        ),
        pytest.param(
            replace(
                WELL,
                sync=SyncPlan(
                    lanes=(lane(A), lane(B).model_copy(update={"install_bios_grub": True}))
                ),
            ),
            [(BIOS, "!", "bios-boot")],
            id="modules of another GRUB",
        ),
        pytest.param(
            with_second(bios_boot_sector=None),
            [(BIOS, "!", "bios-boot")],
            id="no BIOS boot partition",
        ),
        pytest.param(
            with_second(files=()), [(BIOS, "!", "bios-boot")], id="an ESP without GRUB's image"
        ),
        pytest.param(
            with_bios(BiosBootFact()), [(BIOS, "!", "bios-boot")], id="no GRUB in the first sector"
        ),
        pytest.param(
            with_bios(BiosBootFact(error="Input/output error")),
            [(BIOS, "!", "bios-boot")],
            id="a disk that cannot be read",
        ),
        pytest.param(
            with_bios(grub(boot_image="older")), [(BIOS, "!", "bios-boot")], id="another boot image"
        ),
        pytest.param(
            with_bios(grub(core_sector=2048)), [(BIOS, "!", "bios-boot")], id="a wrong place"
        ),
        pytest.param(
            with_bios(grub(core_image="zeroes")),
            [(BIOS, "!", "bios-boot")],
            id="an empty BIOS boot partition",
        ),
        pytest.param(
            with_nvram(
                NvramPlan(
                    add=(
                        NewEntry(
                            number=1,
                            entry=WantedEntry(partition_guid="b2", label="bedplate b", loader="x"),
                        ),
                    )
                ),
            ),
            [(UEFI, "?", "no-boot-entry")],
            id="the firmware does not know it",
        ),
        pytest.param(
            replace(
                WELL,
                sync=SyncPlan(
                    lanes=(lane(A),),
                    problems=(Problem("esp-unreadable", B.describe(), "cannot be read"),),
                ),
            ),
            [(BIOS, "!", "esp-unreadable"), (UEFI, "!", "esp-unreadable")],
            id="an ESP that cannot be read",
        ),
    ],
)
def test_what_is_wrong_with_one_disk_is_said_of_that_disk(
    given: DoctorInput, expected: list[tuple[FirmwareKind, str, str]]
) -> None:
    found = diagnose(given)
    assert not found.is_well
    assert [said(disk) for disk in found.disks] == [[], expected]
    assert found.problems == ()


MISSING = Problem("esp-missing", "CCCC-0003", "is listed, and no disk has it")


def store(kind: Literal["zfs", "md", "btrfs"], name: str, state: MemberState) -> StoreFact:
    """A mirror whose second member is not well."""
    members = (
        MemberFact(id="0", path="/dev/sda3", state=MemberState.WELL),
        MemberFact(id="1", path="/dev/sdb3", state=state),
    )
    group = MemberGroup(type="raid1", members=members, needed_bytes=GIB)
    return StoreFact(kind=kind, id=name, name=name, at=name, groups=(group,))


@pytest.mark.parametrize(
    ("given", "codes"),
    [
        (replace(WELL, sync=SyncPlan(lanes=WELL.sync.lanes, problems=(MISSING,))), ["esp-missing"]),
        (
            with_nvram(NvramPlan(remove=(BootEntry(number=3, label="bedplate c"),))),
            ["stale-boot-entry"],
        ),
        (
            replace(
                WELL,
                pools=(
                    PoolFact(name="rpool", guid="1", state="DEGRADED", imported=True),
                    PoolFact(name="old", guid="2", state="DEGRADED", imported=False),
                ),
                volume_groups=(
                    VolumeGroupFact(
                        name="pve",
                        uuid="u",
                        size_bytes=GIB,
                        free_bytes=0,
                        extent_bytes=4 * MIB,
                        missing_pvs=1,
                    ),
                ),
            ),
            ["pool-degraded", "vg-degraded"],
        ),
        (
            replace(
                WELL,
                stores=(
                    store("zfs", "rpool", MemberState.MISSING),
                    store("md", "/dev/md/mirror", MemberState.MISSING),
                    store("btrfs", "pve", MemberState.FAILED),
                    store("md", "/dev/md/other", MemberState.JOINING),
                ),
                pools=(PoolFact(name="rpool", guid="1", state="DEGRADED", imported=True),),
            ),
            ["pool-degraded", "array-degraded", "array-errors"],
        ),
    ],
    ids=["a disk is gone", "an entry for a disk that was replaced", "storage", "array"],
)
def test_what_is_wrong_with_the_host(given: DoctorInput, codes: list[str]) -> None:
    found = diagnose(given)
    assert [problem.code for problem in found.problems] == codes
    assert all(disk.is_well for disk in found.disks)
    assert not found.is_well


def test_a_host_without_listed_esps_has_no_boot_disk_to_speak_of() -> None:
    given = replace(WELL, esps=WELL.esps.model_copy(update={"listed": None}), sync=SyncPlan())
    assert diagnose(given) == Diagnosis()


def test_starts_that_were_tried_are_part_of_the_verdict() -> None:
    trials = tuple(
        BootTrial(disk=esp.disk, firmware=firmware, kernel="6.12.1")
        for esp, firmware in starts_to_try(WELL.esps)
    )
    assert [(t.disk, t.firmware) for t in trials] == [
        *(("ata-a", firmware) for firmware in FirmwareKind),
        *(("ata-b", firmware) for firmware in FirmwareKind),
    ]
    found = diagnose(replace(WELL, trials=trials))
    assert found.is_well
    assert {v.started for disk in found.disks for v in disk.verdicts} == {"6.12.1"}

    stuck = BootTrial(disk="ata-b", firmware=UEFI, obstacle="No bootable device.")
    found = diagnose(replace(WELL, trials=(*trials[:-1], stuck)))
    assert [said(disk) for disk in found.disks] == [[], [(UEFI, "!", "does-not-start")]]
    (fault,) = found.disks[1].verdicts[-1].faults
    assert fault.message.endswith("no kernel came up; the last that was said: No bootable device.")
