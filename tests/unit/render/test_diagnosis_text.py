"""What a person reads after `bedplate doctor`."""

from __future__ import annotations

from bedplate.errors import Problem
from bedplate.model.diagnosis import BootDisk, Diagnosis, Verdict
from bedplate.model.facts import FirmwareKind
from bedplate.render.diagnosis_text import render_diagnosis

BIOS, UEFI = FirmwareKind.BIOS, FirmwareKind.UEFI
KERNEL = Problem("esp-file-differs", "/dev/sdb2", "vmlinuz is not what it should be", "sync it")
ENTRY = Problem("no-boot-entry", "/dev/sdb", "has no boot entry in the firmware", "sync it")
POOL = Problem("pool-degraded", "rpool", "is DEGRADED", "see `zpool status rpool`")
WELL = BootDisk(
    disk="ata-a",
    title="MODEL, serial A, /dev/sda",
    esp="/dev/sda2",
    verdicts=(Verdict(firmware=BIOS), Verdict(firmware=UEFI)),
)
ILL = BootDisk(
    disk="ata-b",
    title="MODEL, serial B, /dev/sdb",
    esp="/dev/sdb2",
    verdicts=(
        Verdict(firmware=BIOS, faults=(KERNEL,)),
        Verdict(firmware=UEFI, faults=(KERNEL,), warnings=(ENTRY,)),
    ),
)
LARGE = WELL.model_copy(update={"verdicts": (Verdict(firmware=UEFI, warnings=(ENTRY,)),)})


def test_a_host_that_is_well() -> None:
    assert render_diagnosis(Diagnosis(disks=(WELL, WELL))) == (
        "MODEL, serial A, /dev/sda: starts the host under BIOS and UEFI\n"
        "MODEL, serial A, /dev/sda: starts the host under BIOS and UEFI\n"
        "Every boot disk starts the host.\n"
    )


def test_a_disk_that_is_not_and_a_pool() -> None:
    assert render_diagnosis(Diagnosis(disks=(WELL, ILL), problems=(POOL,))) == (
        "MODEL, serial A, /dev/sda: starts the host under BIOS and UEFI\n"
        "MODEL, serial B, /dev/sdb: does NOT start it under BIOS and UEFI\n"
        "  vmlinuz is not what it should be\n"
        "    sync it\n"
        "  has no boot entry in the firmware\n"
        "    sync it\n"
        "The host:\n"
        "  rpool is DEGRADED\n"
        "    see `zpool status rpool`\n"
        "1 of 2 boot disk(s) and 1 other thing(s) to mend.\n"
    )


def test_one_disk_with_a_warning() -> None:
    assert render_diagnosis(Diagnosis(disks=(LARGE,))) == (
        "MODEL, serial A, /dev/sda: starts the host under UEFI\n"
        "  has no boot entry in the firmware\n"
        "    sync it\n"
        "1 of 1 boot disk(s) and 0 other thing(s) to mend.\n"
    )


def test_a_host_of_another_kind() -> None:
    assert render_diagnosis(Diagnosis()) == "This host has no boot disk that is kept bootable.\n"


def test_starts_that_were_tried_are_shown() -> None:
    tried = tuple(v.model_copy(update={"started": "6.12.1"}) for v in WELL.verdicts)
    disk = WELL.model_copy(update={"verdicts": tried})
    assert render_diagnosis(Diagnosis(disks=(disk,))) == (
        "MODEL, serial A, /dev/sda: starts the host under BIOS and UEFI\n"
        "  started 6.12.1 under BIOS and UEFI\n"
        "The boot disk is well.\n"
    )
