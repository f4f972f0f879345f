"""What a plan warns of: things that are no reason to refuse, but worth knowing before a yes."""

from __future__ import annotations

import pytest

from bedplate.model.facts import DiskFact, Facts, Firmware, FirmwareKind, PoolFact, Signature
from bedplate.model.layout import Layout
from bedplate.plan.ids import Ids
from bedplate.plan.install import plan_install
from bedplate.units import GIB
from tests.unit.plan.builders import LVM, MANIFEST, MIRROR, disk, machine, request

BIOS = (
    "The machine was started by a BIOS, so no entries can be made in a UEFI boot list; UEFI "
    "firmware will find each disk by the removable path EFI/BOOT/BOOTX64.EFI."
)
READ_ONLY_NVRAM = (
    "The firmware's boot list cannot be written; it will find each disk by the removable path "
    "EFI/BOOT/BOOTX64.EFI."
)
NO_POOL = "There is no room for a thin pool; guests will have to live on the root file system."
SPLIT = PoolFact(
    name="tank", guid="1", state="ONLINE", imported=False, members=("/dev/sda", "/dev/sdc")
)


def btrfs_on(letter: str) -> DiskFact:
    """A disk that is one device of a btrfs by the name of `old`."""
    signature = Signature(kind="btrfs", label="old", uuid="5")
    return disk(letter).model_copy(update={"signatures": (signature,)})


def facts(*, sector_size: int = 512, size_bytes: int = 16 * GIB) -> Facts:
    return machine(*(disk(c, size_bytes, sector_size=sector_size) for c in "abc"))


@pytest.mark.parametrize(
    ("layout", "found", "expected"),
    [
        (MIRROR, facts(), []),
        (LVM, facts(size_bytes=8 * GIB), [NO_POOL]),
        (LVM, machine(disk("a"), firmware=FirmwareKind.BIOS), [BIOS]),
        (
            LVM,
            facts().model_copy(update={"firmware": Firmware(kind=FirmwareKind.UEFI)}),
            [READ_ONLY_NVRAM],
        ),
        (
            LVM,
            facts(sector_size=4096),
            [
                "DISK, serial S-a, /dev/sda has 4096-byte sectors: only UEFI can start the host "
                "from it."
            ],
        ),
        (
            MIRROR,
            facts().model_copy(update={"pools": (SPLIT,)}),
            ["The pool tank loses /dev/sda and keeps /dev/sdc."],
        ),
        (
            MIRROR,
            machine(disk("a"), btrfs_on("b"), btrfs_on("c")),
            ["The btrfs old loses /dev/sdb and keeps /dev/sdc."],
        ),
        (MIRROR, machine(btrfs_on("a"), btrfs_on("b")), []),
        (
            LVM,
            facts().model_copy(update={"kernel_cmdline": ('mitigations="auto,nosmt"',)}),
            [
                "The kernel argument 'mitigations=\"auto,nosmt\"' is not kept: it has characters "
                "that boot loaders take for their own."
            ],
        ),
    ],
    ids=[
        "none",
        "no-thin-pool",
        "bios",
        "nvram",
        "4kn",
        "split-pool",
        "split-btrfs",
        "whole-btrfs",
        "argument",
    ],
)
def test_warnings(layout: Layout, found: Facts, expected: list[str]) -> None:
    names = ("sda", "sdb") if layout is MIRROR else ("sda",)
    plan = plan_install(request(layout, *names), layout, found, MANIFEST, Ids(b"warnings"))
    assert list(plan.warnings) == expected


def test_warnings_of_the_answer_come_first() -> None:
    ask = request(LVM, "sda").model_copy(update={"warnings": ("from the answer",)})
    plan = plan_install(ask, LVM, facts(size_bytes=8 * GIB), MANIFEST, Ids(b"warnings"))
    assert plan.warnings == ("from the answer", NO_POOL)
