"""What is read back after a run, held against the plan: every kind of difference is named."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from bedplate.model.facts import (
    DiskFact,
    Facts,
    Firmware,
    FirmwareKind,
    LogicalVolumeFact,
    PartitionFact,
    PoolFact,
    Signature,
    VolumeGroupFact,
)
from bedplate.model.plan import BtrfsStorage, DiskPlan, LvmStorage, Plan, ZfsStorage
from bedplate.plan.differences import differences, is_installed

PLANS = Path(__file__).parents[2] / "golden" / "plans"
_POOLED = frozenset({"data", "special", "log", "cache"})
Change = Callable[[Facts], Facts]


def golden(name: str) -> Plan:
    return Plan.model_validate_json((PLANS / f"{name}.json").read_text())


def carried_out(plan: Plan) -> Facts:
    """What facts show of a machine on which a plan was carried out to the letter."""
    fat_ids = {s.partition_guid: s.fat_id for s in plan.steps if s.kind == "format-esp"}
    swap_ids = {s.partition_guid: s.uuid for s in plan.steps if s.kind == "format-swap"}
    zfs, mark = isinstance(plan.storage, ZfsStorage), plan.mark
    array = plan.storage.array if isinstance(plan.storage, LvmStorage) else None

    def signatures(guid: str, role: str) -> tuple[Signature, ...]:
        if guid in swap_ids:
            return (Signature(kind="swap", uuid=swap_ids[guid]),)
        if guid in fat_ids:
            return (Signature(kind="vfat", uuid=fat_ids[guid], label=mark),)
        if array is not None and guid in array.members:
            name = f"any:{array.name}"  # as mdadm writes it
            return (Signature(kind="linux_raid_member", label=name, uuid=array.uuid),)
        if isinstance(plan.storage, BtrfsStorage) and guid in plan.storage.members:
            return (Signature(kind="btrfs", uuid=plan.storage.uuid),)
        return (Signature(kind="zfs_member"),) if zfs and role in _POOLED else ()

    def disk_fact(disk: DiskPlan) -> DiskFact:
        return DiskFact(
            path=disk.path,
            by_id=(disk.id,),
            size_bytes=disk.size_bytes,
            sector_size=disk.sector_size,
            physical_sector_size=disk.sector_size,
            partitions=tuple(
                PartitionFact(
                    path=f"{disk.path}-{part.number}",
                    signatures=signatures(part.guid, part.role),
                    **part.model_dump(exclude={"role"}),
                )
                for part in disk.partitions
            ),
        )

    return Facts(
        firmware=Firmware(kind=FirmwareKind.UEFI),
        memory_bytes=1,
        disks=tuple(disk_fact(disk) for disk in plan.disks),
        pools=(PoolFact(name="rpool", guid="1", state="ONLINE", imported=False),) if zfs else (),
        volume_groups=(group(plan.storage),) if isinstance(plan.storage, LvmStorage) else (),
    )


def group(storage: LvmStorage) -> VolumeGroupFact:
    return VolumeGroupFact(
        name=storage.vg,
        uuid="u",
        size_bytes=1,
        free_bytes=0,
        extent_bytes=1,
        volumes=tuple(
            LogicalVolumeFact(
                name=volume.name,
                uuid="u",
                size_bytes=volume.size_bytes,
                kind=volume.type,
                active=False,
                metadata_size_bytes=volume.metadata_size_bytes,
            )
            for volume in storage.volumes
        ),
    )


def with_first_disk(change: Callable[[DiskFact], DiskFact]) -> Change:
    return lambda facts: facts.model_copy(
        update={"disks": (change(facts.disks[0]), *facts.disks[1:])}
    )


def with_partition(number: int, **update: object) -> Change:
    def change(disk: DiskFact) -> DiskFact:
        parts = (p.model_copy(update=update) if p.number == number else p for p in disk.partitions)
        return disk.model_copy(update={"partitions": tuple(parts)})

    return with_first_disk(change)


@pytest.mark.parametrize(
    "name",
    [
        *("btrfs-raid1-uefi-512", "lvm-mirror-uefi-512", "lvm-thin-bios-512"),
        *("special-fast-disks", "zfs-mirror-uefi-4kn", "zfs-mirror-uefi-512"),
    ],
)
def test_a_plan_carried_out_differs_in_nothing(name: str) -> None:
    plan = golden(name)
    assert differences(plan, carried_out(plan)) == ()


@pytest.mark.parametrize(
    "name", ["btrfs-raid1-uefi-512", "lvm-thin-bios-512", "zfs-mirror-uefi-512"]
)
def test_only_a_run_that_came_to_its_end_counts_as_installed(name: str) -> None:
    plan = golden(name)
    facts = carried_out(plan)
    assert is_installed(plan, facts)
    without_end = tuple(step for step in plan.steps if step.kind != "mark-installed")
    assert not is_installed(plan.model_copy(update={"steps": without_end}), facts)
    fat_ids = {s.partition_guid: s.fat_id for s in plan.steps if s.kind == "format-esp"}
    for label in (None, "BP-ABCDEFGH"):
        fat_id = fat_ids[plan.disks[0].partitions[1].guid]
        broken_off = with_partition(
            2, signatures=(Signature(kind="vfat", uuid=fat_id, label=label),)
        )
        assert [p.code for p in differences(plan, broken_off(facts))] == ["differs-mark"]
        assert not is_installed(plan, broken_off(facts))


def test_a_plan_that_differs_in_anything_has_another_mark() -> None:
    plan = golden("lvm-thin-bios-512")
    assert re.fullmatch(r"BP-[A-Z2-7]{8}", plan.mark)
    assert Plan.model_validate_json(plan.model_dump_json(indent=2)).mark == plan.mark
    renamed = plan.files[0].model_copy(update={"content": "other\n"})
    other = plan.model_copy(update={"files": (renamed, *plan.files[1:])})
    assert other.mark != plan.mark
    assert not is_installed(other, carried_out(plan))


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        pytest.param(
            lambda f: f.model_copy(update={"disks": f.disks[1:]}),
            ["differs-disk", "differs-esp", "differs-mark", "differs-pool"],
            id="a disk is gone",
        ),
        pytest.param(
            with_partition(3, last_sector=4_000_000),
            ["differs-table", "differs-table"],
            id="a partition ends elsewhere",
        ),
        pytest.param(
            with_first_disk(lambda d: d.model_copy(update={"partitions": d.partitions[1:]})),
            ["differs-table"],
            id="the BIOS boot partition is missing",
        ),
        pytest.param(
            with_partition(2, signatures=()),
            ["differs-esp", "differs-mark"],
            id="an ESP has no FAT",
        ),
        pytest.param(
            with_partition(3, signatures=()), ["differs-pool"], id="a member has no ZFS label"
        ),
        pytest.param(
            lambda f: f.model_copy(
                update={"pools": (f.pools[0].model_copy(update={"state": "DEGRADED"}),)}
            ),
            ["differs-pool"],
            id="the pool is degraded",
        ),
        pytest.param(
            lambda f: f.model_copy(update={"pools": ()}), ["differs-pool"], id="there is no pool"
        ),
    ],
)
def test_each_difference_of_a_mirror_is_named(change: Change, codes: list[str]) -> None:
    plan = golden("zfs-mirror-uefi-512")
    found = differences(plan, change(carried_out(plan)))
    assert [problem.code for problem in found] == codes


def test_swap_that_is_not_there_is_named() -> None:
    plan = golden("swap-and-key-file")
    for signatures in ((), (Signature(kind="swap", uuid="another"),)):
        changed = with_partition(4, signatures=signatures)(carried_out(plan))
        assert [problem.code for problem in differences(plan, changed)] == ["differs-swap"]


@pytest.mark.parametrize("number", [3, 4, 5])
def test_each_part_of_a_fast_disk_has_to_be_in_the_pool(number: int) -> None:
    plan = golden("special-fast-disks")
    facts = carried_out(plan)
    fast = facts.model_copy(update={"disks": facts.disks[::-1]})
    changed = with_partition(number, signatures=())(fast)
    assert [problem.code for problem in differences(plan, changed)] == ["differs-pool"]


@pytest.mark.parametrize(
    ("update", "codes"),
    [
        pytest.param({"volumes": ()}, ["differs-volume"] * 3, id="no volumes"),
        pytest.param({"name": "other"}, ["differs-vg"], id="no group of that name"),
    ],
)
def test_each_difference_of_a_volume_group_is_named(
    update: dict[str, object], codes: list[str]
) -> None:
    plan = golden("lvm-thin-bios-512")
    facts = carried_out(plan)
    changed = facts.volume_groups[0].model_copy(update=update)
    found = differences(plan, facts.model_copy(update={"volume_groups": (changed,)}))
    assert [problem.code for problem in found] == codes


@pytest.mark.parametrize(
    "marks",
    [
        (),
        (Signature(kind="linux_raid_member", label="any:mirror", uuid="another"),),
        (Signature(kind="linux_raid_member", label="any:other", uuid="planned"),),
        (Signature(kind="LVM2_member", label="any:mirror", uuid="planned"),),
    ],
    ids=["nothing", "another array", "another name", "no member"],
)
def test_a_partition_that_is_no_member_of_the_array_is_named(marks: tuple[Signature, ...]) -> None:
    plan = golden("lvm-mirror-uefi-512")
    assert isinstance(plan.storage, LvmStorage)
    assert plan.storage.array is not None
    uuid = plan.storage.array.uuid
    here = tuple(
        mark.model_copy(update={"uuid": uuid}) if mark.uuid == "planned" else mark for mark in marks
    )
    found = differences(plan, with_partition(3, signatures=here)(carried_out(plan)))
    assert [(p.code, p.where) for p in found] == [
        ("differs-array", plan.storage.array.members[0]),
    ]


def test_a_group_on_an_array_is_compared_while_the_array_runs() -> None:
    plan = golden("lvm-mirror-uefi-512")
    hidden = carried_out(plan).model_copy(update={"volume_groups": ()})
    assert differences(plan, hidden) == ()
    running = with_partition(3, holders=("/dev/md127",))(hidden)
    assert [problem.code for problem in differences(plan, running)] == ["differs-vg"]


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        pytest.param(with_partition(3, signatures=()), ["differs-btrfs"], id="no btrfs on it"),
        pytest.param(
            with_partition(3, signatures=(Signature(kind="btrfs", uuid="another"),)),
            ["differs-btrfs"],
            id="another btrfs on it",
        ),
        pytest.param(
            lambda f: f.model_copy(update={"disks": f.disks[1:]}),
            ["differs-disk", "differs-esp", "differs-mark", "differs-btrfs"],
            id="a disk is gone",
        ),
    ],
)
def test_each_difference_of_a_btrfs_is_named(change: Change, codes: list[str]) -> None:
    plan = golden("btrfs-raid1-uefi-512")
    found = differences(plan, change(carried_out(plan)))
    assert [problem.code for problem in found] == codes
