"""Which ESP of a host is adopted, and what becomes of the host's files."""

from __future__ import annotations

import pytest

from bedplate.errors import RefusedError
from bedplate.model.esp import EspFact, EspFacts, UuidList
from bedplate.model.facts import DiskFact
from bedplate.plan.esp_adopt import AdoptPlan, plan_adopt
from tests.unit.plan.esps import blank
from tests.unit.plan.test_esp_partition import disk, esp

MOUNTED = blank(1, mounts=("/boot/efi",), label="EFI")
OTHER = blank(2)
FSTAB = "/dev/pve/root / ext4 defaults 0 1\nUUID=0001-AAAA /boot/efi vfat umask=0077 0 1\n"
OFF = "# kept in sync by bedplate, and not mounted: "
DISKS = (disk(esp(mounts=("/boot/efi",))), disk(esp(path="/dev/sdb2"), path="/dev/sdb"))


def adopted(
    *esps: EspFact, path: str | None = None, fstab: str | None = FSTAB, listed: tuple[str, ...] = ()
) -> AdoptPlan:
    facts = EspFacts(listed=UuidList(ids=listed) if listed else None, esps=esps)
    return plan_adopt(path, DISKS, facts, fstab)


def files_of(plan: AdoptPlan) -> dict[str, str | None]:
    return {file.path: file.content for file in plan.change.files}


def test_the_esp_that_is_mounted_is_meant() -> None:
    plan = adopted(OTHER, MOUNTED)
    assert (plan.esp, plan.unmount) == (MOUNTED, ("/boot/efi",))
    root, efi = FSTAB.splitlines(keepends=True)
    assert files_of(plan) == {
        "/etc/kernel/proxmox-boot-uuids": "0001-AAAA\n",
        "/etc/fstab": root + OFF + efi,
    }


@pytest.mark.parametrize(
    "source",
    ["PARTUUID=GUID-1", "LABEL=EFI", "/dev/disk/by-uuid/0001-AAAA", "/dev/sda2"],
)
def test_it_goes_by_any_name_in_fstab(source: str) -> None:
    line = f"{source} /elsewhere vfat defaults 0 1\n"
    assert files_of(adopted(MOUNTED, fstab=line))["/etc/fstab"] == OFF + line


def test_the_only_one_need_not_be_mounted_and_fstab_stays_as_it_is() -> None:
    fstab = FSTAB.splitlines()[0]
    plan = adopted(OTHER, fstab=fstab)
    assert (plan.esp, plan.unmount) == (OTHER, ())
    assert [*files_of(plan)] == ["/etc/kernel/proxmox-boot-uuids"]
    assert files_of(adopted(OTHER, fstab=None)) == files_of(plan)


def test_one_more_joins_the_list() -> None:
    plan = adopted(MOUNTED, OTHER, listed=("0002-AAAA",))
    assert files_of(plan)["/etc/kernel/proxmox-boot-uuids"] == "0001-AAAA\n0002-AAAA\n"


@pytest.mark.parametrize(
    ("esps", "listed", "code"),
    [
        ((), (), "no-esp"),
        ((blank(1), blank(2)), (), "which-esp"),
        ((OTHER,), ("0002-AAAA",), "esp-listed"),
        ((blank(2, read_only=True),), (), "esp-read-only"),
    ],
)
def test_what_is_not_clear_or_cannot_be_is_refused(
    esps: tuple[EspFact, ...], listed: tuple[str, ...], code: str
) -> None:
    with pytest.raises(RefusedError) as refusal:
        adopted(*esps, listed=listed)
    assert [problem.code for problem in refusal.value.problems] == [code]


def test_several_are_told_apart_by_name() -> None:
    assert adopted(blank(1), blank(2), path="/dev/sdb2").esp == blank(2)


def test_a_disk_is_not_a_partition() -> None:
    disks: tuple[DiskFact, ...] = DISKS
    with pytest.raises(RefusedError, match="is a whole disk"):
        plan_adopt("/dev/sda", disks, EspFacts(esps=(MOUNTED,)), None)
