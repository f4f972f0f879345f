"""What Secure Boot keeps out: ZFS whose key is not enrolled, and loaders that nobody signed."""

from __future__ import annotations

import pytest

from bedplate.model.facts import ZFS_MODULE, Firmware, FirmwareKind
from bedplate.model.layout import Layout
from bedplate.model.secure_boot import ModuleTrust, SignedModule
from bedplate.plan.ids import Ids
from bedplate.plan.install import plan_install
from bedplate.plan.refuse_module import refuse_saved
from tests.unit.plan.builders import BTRFS, LVM, MANIFEST, MIRROR, asking, codes, disk, machine

OFF = Firmware(kind=FirmwareKind.UEFI)
SECURE = Firmware(kind=FirmwareKind.UEFI, secure_boot=True, checks_modules=True)


def trust(*enrolled: str, zfs: str | None = "1", own: bool = False) -> ModuleTrust:
    module = SignedModule(kernel="6.1", name="zfs", serial=zfs, is_own=own)
    return ModuleTrust(enrolled=enrolled, modules=(module,))


@pytest.mark.parametrize(
    ("given", "missing", "images", "expected"),
    [
        (trust("1"), (), "1", []),
        (trust("1"), (), None, []),
        (trust(own=True, zfs="9"), (), None, []),
        (trust(), (ZFS_MODULE,), "1", ["secure-boot-zfs"]),
        (trust("1", zfs=None), (ZFS_MODULE,), "1", ["secure-boot-zfs"]),
        (trust("1"), (), "2", ["secure-boot-zfs"]),
        (ModuleTrust(), (ZFS_MODULE,), None, ["tool-missing"]),
        (None, ("mokutil",), "1", ["tool-missing"]),
        (None, (), "1", ["secure-boot-zfs"]),
    ],
    ids=[
        *("enrolled", "images of unknown key", "the kernel's own"),
        *("not enrolled", "not signed", "images of another key"),
        *("no module", "no tool", "facts that do not say"),
    ],
)
def test_under_secure_boot_zfs_takes_a_key_that_counts(
    given: ModuleTrust | None, missing: tuple[str, ...], images: str | None, expected: list[str]
) -> None:
    update = {"missing_tools": missing, "firmware": SECURE, "module_trust": given}
    facts = machine(disk("a"), disk("b")).model_copy(update=update)
    assert codes(MIRROR, facts, asking(MIRROR, "sda", "sdb"), zfs_key=images) == expected
    assert codes(BTRFS, facts, asking(BTRFS, "sda", "sdb"), zfs_key=images) == []


@pytest.mark.parametrize(
    ("layout", "planned", "today", "given", "expected"),
    [
        (BTRFS, OFF, SECURE, None, ["secure-boot-loader"]),
        (BTRFS, SECURE, SECURE, None, []),
        (BTRFS, SECURE, OFF, None, []),
        (LVM, OFF, SECURE, None, []),
        (MIRROR, OFF, SECURE, trust(), ["secure-boot-loader", "secure-boot-zfs"]),
        (MIRROR, SECURE, SECURE, trust(), ["secure-boot-zfs"]),
        (MIRROR, SECURE, SECURE, trust("1"), []),
        (MIRROR, OFF, OFF, None, []),
    ],
    ids=[
        *("turned on since", "on as before", "turned off since", "signed loaders in any case"),
        *("turned on since, key not enrolled", "key gone since", "key enrolled", "off as before"),
    ],
)
def test_a_saved_plan_is_held_against_secure_boot_of_today(
    layout: Layout,
    planned: Firmware,
    today: Firmware,
    given: ModuleTrust | None,
    expected: list[str],
) -> None:
    disks = [disk("a")] if layout is LVM else [disk("a"), disk("b")]
    names = [f"sd{letter}" for letter in "ab"[: len(disks)]]
    manifest = MANIFEST.model_copy(update={"zfs_key": "1"})
    then = machine(*disks).model_copy(update={"firmware": planned, "module_trust": trust("1")})
    plan = plan_install(asking(layout, *names), layout, then, manifest, Ids(b"saved"))
    now = machine(*disks).model_copy(update={"firmware": today, "module_trust": given})
    assert [problem.code for problem in refuse_saved(plan, now, manifest)] == expected
