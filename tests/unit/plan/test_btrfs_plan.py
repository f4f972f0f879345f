"""The btrfs of a plan: profiles, options, and what else depends on whether a disk may die."""

from __future__ import annotations

import pytest

from bedplate.model.facts import Signature
from bedplate.model.layout import BtrfsLayout, BtrfsProfile, Layout
from bedplate.model.plan import BtrfsStorage, Plan, Role
from bedplate.model.request import BtrfsOptions
from bedplate.model.step import ClearDisk, ExtendInitramfs
from bedplate.plan.btrfs import plan_btrfs
from bedplate.plan.ids import Ids
from bedplate.plan.install import plan_install
from bedplate.render.btrfs_boot import SCRIPT_PATH, render_script
from bedplate.units import GIB, MIB
from tests.unit.plan.builders import BTRFS, MANIFEST, disk, machine, request

SINGLE, DUP = BtrfsProfile.SINGLE, BtrfsProfile.DUP
RAID0, RAID1, RAID10 = BtrfsProfile.RAID0, BtrfsProfile.RAID1, BtrfsProfile.RAID10
IDS = Ids(b"btrfs")


def layout(data: BtrfsProfile) -> Layout:
    return BTRFS.model_copy(
        update={
            "storage": BtrfsLayout(kind="btrfs", data=data),
            "disks": BTRFS.disks.model_copy(update={"minimum": 1}),
        }
    )


def planned(data: BtrfsProfile, letters: str, **changes: object) -> Plan:
    facts = machine(*(disk(c, 20 * GIB + n * 512 * MIB) for n, c in enumerate(letters)))
    ask = request(layout(data), *(f"sd{c}" for c in letters)).model_copy(update=changes)
    return plan_install(ask, layout(data), facts, MANIFEST, IDS)


def data_bytes(plan: Plan) -> list[int]:
    parts = (disk.by_role(Role.DATA) for disk in plan.disks)
    return [part.size_bytes for part in parts if part is not None]


@pytest.mark.parametrize(
    ("data", "disks", "metadata"),
    [
        (SINGLE, 1, DUP),
        (RAID0, 1, DUP),
        (RAID0, 2, RAID1),
        (RAID1, 2, RAID1),
        (RAID1, 3, RAID1),
        (RAID10, 4, RAID10),
    ],
)
def test_metadata_is_there_twice(data: BtrfsProfile, disks: int, metadata: BtrfsProfile) -> None:
    members = tuple(f"guid{n}" for n in range(disks))
    wanted = BtrfsLayout(kind="btrfs", data=data, subvolumes=("var/lib/x",))
    assert plan_btrfs(wanted, members, BtrfsOptions(), IDS) == BtrfsStorage(
        uuid=IDS.guid("btrfs"),
        data=data,
        metadata=metadata,
        members=members,
        subvolumes=("var/lib/x",),
    )


@pytest.mark.parametrize(
    ("compress", "options"),
    [
        ("off", ()),
        ("on", ("compress",)),
        ("lzo", ("compress=lzo",)),
        ("zlib", ("compress=zlib",)),
        ("zstd", ("compress=zstd",)),
    ],
)
def test_compression_is_an_option_of_every_mount(compress: str, options: tuple[str, ...]) -> None:
    plan = planned(RAID1, "ab", btrfs=BtrfsOptions(compress=compress))
    assert isinstance(plan.storage, BtrfsStorage)
    assert plan.storage.options == options
    (fstab,) = (file.content for file in plan.files if file.path == "/etc/fstab")
    assert f"/ btrfs {','.join(('defaults', *options))} 0 0\n" in fstab


@pytest.mark.parametrize(
    ("data", "letters", "has_script"),
    [(SINGLE, "a", False), (RAID0, "ab", False), (RAID1, "ab", True), (RAID10, "abcd", True)],
)
def test_only_a_host_that_can_do_without_a_disk_gets_the_script_for_it(
    data: BtrfsProfile, letters: str, has_script: bool
) -> None:
    plan = planned(data, letters)
    files = [(f.mode, f.content) for f in plan.files if f.path == SCRIPT_PATH]
    assert files == [(0o755, render_script())] * has_script
    (step,) = (step for step in plan.steps if isinstance(step, ExtendInitramfs))
    assert (SCRIPT_PATH in step.paths) == has_script
    assert "degraded" not in plan.boot.cmdline


def test_all_disks_of_a_redundant_btrfs_end_alike() -> None:
    for data, letters in ((RAID1, "abc"), (RAID10, "abcd")):
        sizes = data_bytes(planned(data, letters))
        assert len(set(sizes)) == 1
        assert sizes[0] % (256 * MIB) == 0
        assert sizes[0] < 20 * GIB - 513 * MIB - 128 * MIB
        assert len(set(data_bytes(planned(data, letters, slack=False)))) == len(letters)
    assert len(set(data_bytes(planned(RAID0, "abc")))) == 3


def test_hdsize_ends_every_disk_of_a_btrfs() -> None:
    sizes = data_bytes(planned(RAID1, "ab", btrfs=BtrfsOptions(hdsize_bytes=16 * GIB)))
    assert sizes == [16 * GIB - 513 * MIB + 512] * 2


def test_a_btrfs_over_several_disks_is_named_among_what_is_destroyed() -> None:
    old = (Signature(kind="btrfs", label="old", uuid="5"),)
    facts = machine(*(disk(c).model_copy(update={"signatures": old}) for c in "ab"), disk("c"))
    plan = plan_install(request(BTRFS, "sda", "sdb"), BTRFS, facts, MANIFEST, IDS)
    destroyed = [step.destroys[1:] for step in plan.steps if isinstance(step, ClearDisk)]
    assert destroyed == [("on the whole disk: btrfs", "btrfs old over /dev/sda, /dev/sdb")] * 2
