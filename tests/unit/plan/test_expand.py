"""What is on disks that are larger than it grows, together, as far as the smallest goes."""

from __future__ import annotations

import pytest

from bedplate.errors import RefusedError
from bedplate.model.disk_change import GrowArray, GrowBtrfs, GrowPartition, GrowPool
from bedplate.model.facts import DiskFact, VolumeGroupFact
from bedplate.model.plan import Role
from bedplate.model.store import MemberGroup, StoreFact
from bedplate.plan.expand import plan_expansion
from bedplate.units import GIB, MIB
from tests.unit.plan.builders import machine
from tests.unit.plan.stores import MISSING, boot_disk, member, mirror, pool
from tests.unit.plan.test_attach import other


def laid_out(letter: str, size_gib: float, *more: tuple[Role, int]) -> DiskFact:
    """A boot disk whose partitions really follow each other."""
    disk = boot_disk(letter, *more, size_bytes=int(size_gib * GIB))
    at, parts = MIB // 512, []
    for part in disk.partitions:
        if part.number == 1:
            parts.append(part.model_copy(update={"first_sector": 34, "last_sector": 2047}))
            continue
        last = at + part.size_bytes // 512 - 1
        parts.append(part.model_copy(update={"first_sector": at, "last_sector": last}))
        at = last + 1
    return disk.model_copy(update={"partitions": tuple(parts)})


A, B = laid_out("a", 15.6), laid_out("b", 15.6)
LARGE_A, LARGE_B = laid_out("a", 32), laid_out("b", 40)
MIRROR = pool(mirror(member("a"), member("b")))


def test_a_mirror_on_larger_disks_grows_to_the_smaller_of_them() -> None:
    plan = plan_expansion(machine(LARGE_A, LARGE_B), (MIRROR,))
    growing = [(s.disk, s.number, s.size_bytes) for s in plan.steps if isinstance(s, GrowPartition)]
    assert [(disk, number) for disk, number, _ in growing] == [(LARGE_A.id, 3), (LARGE_B.id, 3)]
    sizes = {size for *_, size in growing}
    # Alike, with the room at the end that installations leave.
    assert sizes == {31 * GIB + 256 * MIB}
    (pools,) = (step for step in plan.steps if isinstance(step, GrowPool))
    assert pools.members == ("guid-a3", "guid-b3")
    assert {disk.id for disk in plan.made_for} == {LARGE_A.id, LARGE_B.id}


def test_a_single_disk_is_used_to_its_end() -> None:
    alone = pool(MemberGroup(type="disk", members=(member("a"),)))
    plan = plan_expansion(machine(LARGE_A), (alone,))
    (step,) = (step for step in plan.steps if isinstance(step, GrowPartition))
    assert 32 * GIB - 513 * MIB - 2 * MIB < step.size_bytes <= 32 * GIB - 513 * MIB
    assert step.size_bytes % MIB == 0


@pytest.mark.parametrize("has_group", [True, False])
def test_an_array_takes_its_volume_group_along(has_group: bool) -> None:
    group = VolumeGroupFact(
        name="pve", uuid="g", size_bytes=1, free_bytes=0, extent_bytes=1, pvs=("/dev/md127",)
    )
    machine_ = machine(LARGE_A, LARGE_B)
    facts = machine_.model_copy(update={"volume_groups": (group,) if has_group else ()})
    plan = plan_expansion(facts, (other("md", "raid1", "a", "b"),))
    (step,) = (step for step in plan.steps if isinstance(step, GrowArray))
    assert (step.array, step.has_pv) == ("/dev/md127", has_group)


def test_every_device_of_a_btrfs_is_told() -> None:
    plan = plan_expansion(machine(LARGE_A, LARGE_B), (other("btrfs", "raid1", "a", "b"),))
    (step,) = (step for step in plan.steps if isinstance(step, GrowBtrfs))
    assert (step.at, step.members) == ("/", ("1", "2"))


def test_only_the_smaller_partition_grows_where_one_is_large_already() -> None:
    size = 31 * GIB + 256 * MIB
    part = LARGE_B.partitions[2].model_copy(update={"size_bytes": size})
    grown = LARGE_B.model_copy(update={"partitions": (*LARGE_B.partitions[:2], part)})
    plan = plan_expansion(machine(LARGE_A, grown), (MIRROR,))
    assert [s.disk for s in plan.steps if isinstance(s, GrowPartition)] == [LARGE_A.id]


def shorter(disk: DiskFact, size_bytes: int) -> DiskFact:
    """The same disk with a data partition that is a little smaller."""
    part = disk.partitions[2]
    less = part.model_copy(update={"size_bytes": part.size_bytes - size_bytes})
    return disk.model_copy(update={"partitions": (*disk.partitions[:2], less)})


@pytest.mark.parametrize(
    ("disks", "store", "code"),
    [
        ((A, shorter(LARGE_B, 3072)), MIRROR, "no-room"),
        ((A, B), MIRROR, "no-room"),
        ((A, LARGE_B), MIRROR, "no-room"),
        ((laid_out("a", 32, (Role.SWAP, GIB)), LARGE_B), MIRROR, "no-room"),
        ((LARGE_A,), pool(mirror(member("a"), member("b", MISSING))), "store-not-well"),
    ],
    ids=[
        "alike but for some sectors",
        "they are full",
        "one of them is",
        "there is something behind",
        "one is gone",
    ],
)
def test_what_is_in_the_way_is_said(
    disks: tuple[DiskFact, ...], store: StoreFact, code: str
) -> None:
    with pytest.raises(RefusedError) as refused:
        plan_expansion(machine(*disks), (store,))
    assert [problem.code for problem in refused.value.problems] == [code]


def test_a_host_without_a_store_has_nothing_that_grows() -> None:
    with pytest.raises(RefusedError, match="no pool, array or btrfs"):
        plan_expansion(machine(A), ())
