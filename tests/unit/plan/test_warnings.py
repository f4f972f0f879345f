"""What a plan warns of: things that are no reason to refuse, but worth knowing before a yes."""

from __future__ import annotations

import pytest

from bedplate.model.facts import DiskFact, Facts, Firmware, FirmwareKind, PoolFact, Signature
from bedplate.model.layout import DatasetLayout, Layout, SpecialRule, ZfsLayout
from bedplate.model.request import (
    DiskSelection,
    EncryptionOptions,
    LvmOptions,
    SpecialOptions,
    ZfsOptions,
)
from bedplate.model.secret import Secret
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
NAMESAKE = PoolFact(name="rpool", guid="7", state="ONLINE", imported=False, members=("/dev/sdc",))


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
    ids=["none", "no-thin-pool", "bios", "nvram", "4kn", "whole-btrfs", "argument"],
)
def test_warnings(layout: Layout, found: Facts, expected: list[str]) -> None:
    names = ("sda", "sdb") if layout is MIRROR else ("sda",)
    plan = plan_install(request(layout, *names), layout, found, MANIFEST, Ids(b"warnings"))
    assert list(plan.warnings) == expected


assert isinstance(MIRROR.storage, ZfsLayout)
_POOL = {
    "special": SpecialRule(minimum=2),
    "datasets": (*MIRROR.storage.datasets, DatasetLayout(name="data")),
}
SPECIAL = MIRROR.model_copy(update={"storage": MIRROR.storage.model_copy(update=_POOL)})
FAST = SpecialOptions(disks=DiskSelection(names=("sdd", "sde")))
PHRASE = Secret("a horse that is correct")


@pytest.mark.parametrize(
    ("update", "expected"),
    [
        ({}, []),
        (
            {"disks": DiskSelection(names=("sda", "sdb", "sdc"))},
            [
                "The data survives the loss of 2 disks, the special device of 1: the pool is lost "
                "with either."
            ],
        ),
        (
            {"zfs": ZfsOptions(arc_max_mib=20480)},
            [
                "disk-setup.zfs.arc-max is limited to 15 GiB: the machine has 16 GiB of memory, of "
                "which 1 GiB is left to the host."
            ],
        ),
        (
            {"zfs": ZfsOptions(encryption=EncryptionOptions(dataset="data"))},
            [
                "The key of rpool/data is kept in /etc/zfs/keys/rpool-data.key, on the root of the "
                "same pool: whoever has the disks has the key, until the file is moved elsewhere. "
                "Without the file the data is lost; keep a copy."
            ],
        ),
        (
            {
                "zfs": ZfsOptions(
                    swapsize_bytes=GIB,
                    encryption=EncryptionOptions(dataset="ROOT", passphrase=PHRASE),
                )
            },
            [
                "The root file system is encrypted with a passphrase: the host waits at every "
                "start until somebody types it in on the console.",
                "Swap is not encrypted: what was read from an encrypted dataset can end up there "
                "in the clear.",
            ],
        ),
        ({"zfs": ZfsOptions(swapsize_bytes=GIB)}, []),
    ],
    ids=["none", "less-redundant", "arc", "key-file", "root-and-swap", "swap"],
)
def test_warnings_about_zfs_options(update: dict[str, object], expected: list[str]) -> None:
    ask = request(SPECIAL, "sda", "sdb").model_copy(update={"special": FAST} | update)
    found = machine(*map(disk, "abcde"))
    plan = plan_install(ask, SPECIAL, found, MANIFEST, Ids(b"warnings"))
    assert list(plan.warnings) == expected


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (LvmOptions(maxvz_bytes=0), []),
        (LvmOptions(maxvz_bytes=3 * GIB), [NO_POOL]),
        (
            LvmOptions(minfree_bytes=90 * GIB),
            [
                "disk-setup.lvm.minfree asks for 90 GiB, and root and swap leave 56.6 GiB: the "
                "default is kept free instead."
            ],
        ),
    ],
    ids=["no-data-asked-for", "little-data", "minfree"],
)
def test_what_the_originals_lvm_rules_do_silently_is_said(
    options: LvmOptions, expected: list[str]
) -> None:
    ask = request(LVM, "sda").model_copy(update={"lvm": options})
    plan = plan_install(ask, LVM, facts(size_bytes=100 * GIB), MANIFEST, Ids(b"warnings"))
    assert list(plan.warnings) == expected


def test_warnings_of_the_answer_come_first() -> None:
    ask = request(LVM, "sda").model_copy(update={"warnings": ("from the answer",)})
    plan = plan_install(ask, LVM, facts(size_bytes=8 * GIB), MANIFEST, Ids(b"warnings"))
    assert plan.warnings == ("from the answer", NO_POOL)


def test_what_is_renamed_on_other_disks_is_told() -> None:
    ask = request(MIRROR, "sda", "sdb").model_copy(update={"rename": True})
    found = facts().model_copy(update={"pools": (NAMESAKE,)})
    plan = plan_install(ask, MIRROR, found, MANIFEST, Ids(b"warnings"))
    assert plan.warnings == (
        "The pool rpool, which is not on the chosen disks, becomes rpool-OLD-7; a system that "
        "starts from it has to be told.",
    )
