"""What is read back after a run, held against the plan: every kind of difference is named."""

from __future__ import annotations

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
from bedplate.plan.differences import differences

PLANS = Path(__file__).parents[2] / "golden" / "plans"
Change = Callable[[Facts], Facts]


def golden(name: str) -> Plan:
    return Plan.model_validate_json((PLANS / f"{name}.json").read_text())


def carried_out(plan: Plan) -> Facts:
    """What facts show of a machine on which a plan was carried out to the letter."""
    fat_ids = {s.partition_guid: s.fat_id for s in plan.steps if s.kind == "format-esp"}
    zfs = isinstance(plan.storage, ZfsStorage)

    def signatures(guid: str, role: str) -> tuple[Signature, ...]:
        if guid in fat_ids:
            return (Signature(kind="vfat", uuid=fat_ids[guid]),)
        if isinstance(plan.storage, BtrfsStorage) and guid in plan.storage.members:
            return (Signature(kind="btrfs", uuid=plan.storage.uuid),)
        return (Signature(kind="zfs_member"),) if zfs and role == "data" else ()

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
    ["btrfs-raid1-uefi-512", "zfs-mirror-uefi-512", "zfs-mirror-uefi-4kn", "lvm-thin-bios-512"],
)
def test_a_plan_carried_out_differs_in_nothing(name: str) -> None:
    plan = golden(name)
    assert differences(plan, carried_out(plan)) == ()


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        pytest.param(
            lambda f: f.model_copy(update={"disks": f.disks[1:]}),
            ["differs-disk", "differs-esp", "differs-pool"],
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
        pytest.param(with_partition(2, signatures=()), ["differs-esp"], id="an ESP has no FAT"),
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
            ["differs-disk", "differs-esp", "differs-btrfs"],
            id="a disk is gone",
        ),
    ],
)
def test_each_difference_of_a_btrfs_is_named(change: Change, codes: list[str]) -> None:
    plan = golden("btrfs-raid1-uefi-512")
    found = differences(plan, change(carried_out(plan)))
    assert [problem.code for problem in found] == codes
