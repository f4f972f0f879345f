"""What has to let go of the disks: in which order, and what is never let go of."""

from __future__ import annotations

import pytest

from bedplate.errors import RefusedError
from bedplate.model.facts import (
    DiskFact,
    Facts,
    LayerFact,
    LayerKind,
    PoolFact,
    VolumeGroupFact,
)
from bedplate.model.step import CloseMappings, Phase, StopCache
from bedplate.plan.ids import Ids
from bedplate.plan.install import plan_install
from bedplate.plan.release import plan_release
from tests.unit.plan.builders import MANIFEST, MIRROR, disk, machine, partition, request

GUESTS, OTHER = "a" * 32, "b" * 32


def layer(
    path: str,
    kind: LayerKind,
    *on: str,
    uuid: str | None = None,
    mounts: tuple[str, ...] = (),
    swap: bool = False,
) -> LayerFact:
    return LayerFact(path=path, node=path, kind=kind, on=on, uuid=uuid, mounts=mounts, swap=swap)


def volume(name: str, group: str, *on: str) -> LayerFact:
    return layer(f"/dev/mapper/{name}", LayerKind.LVM, *on, uuid=f"LVM-{group}{'c' * 32}")


def having(letter: str, *layers: LayerFact) -> DiskFact:
    return disk(letter, partitions=(partition(f"/dev/sd{letter}1"),)).model_copy(
        update={"layers": layers}
    )


def group(name: str, uuid: str, *pvs: str) -> VolumeGroupFact:
    return VolumeGroupFact(
        name=name, uuid=uuid, size_bytes=1, free_bytes=1, extent_bytes=1, pvs=pvs
    )


def released(facts: Facts, *, unmount: bool = True) -> list[str]:
    """Summaries of the steps that let go, or the refusals as `code where`."""
    ask = request(MIRROR, "sda", "sdb").model_copy(update={"unmount": unmount})
    try:
        plan = plan_install(ask, MIRROR, facts, MANIFEST, Ids(b"release"))
    except RefusedError as error:
        return [f"{problem.code} {problem.where}" for problem in error.problems]
    return [step.summary for step in plan.steps if step.phase is Phase.RELEASE]


ARRAY = layer("/dev/md127", LayerKind.ARRAY, "/dev/sda1", "/dev/sdb1")
CRYPT = layer("/dev/mapper/inner", LayerKind.CRYPT, "/dev/md127")
ROOT = volume("deep-root", GUESTS, "/dev/mapper/inner")


def test_a_stack_over_two_disks_is_taken_down_once_from_the_top() -> None:
    root = ROOT.model_copy(update={"mounts": ("/s",)})
    swap = volume("deep-swap", GUESTS, "/dev/mapper/inner").model_copy(update={"swap": True})
    layers = (ARRAY, CRYPT, root, swap)
    facts = machine(having("a", *layers), having("b", *layers)).model_copy(
        update={"volume_groups": (group("deep", GUESTS, "/dev/mapper/inner"),)}
    )
    assert released(facts) == [
        "Unmount /s",
        "Stop swapping to /dev/mapper/deep-swap",
        "Close the volumes of the volume group deep",
        "Close /dev/mapper/inner",
        "Stop the md array /dev/md127",
    ]
    assert released(facts, unmount=False) == [
        "disk-in-use ata-DISK_S-a",
        "disk-in-use ata-DISK_S-b",
    ]


def test_volumes_are_closed_by_their_group_whatever_it_is_called() -> None:
    one, two = volume("pve-a", GUESTS, "/dev/sda1"), volume("pve-b", OTHER, "/dev/sdb1")
    lost = volume("gone-x", "d" * 32, "/dev/sda1")
    facts = machine(having("a", one, lost), having("b", two)).model_copy(
        update={
            "volume_groups": (group("pve", GUESTS, "/dev/sda1"), group("pve", OTHER, "/dev/sdb1"))
        }
    )
    steps = tuple(plan_release(facts, facts.disks))
    assert [(s.summary, s.names) for s in steps if isinstance(s, CloseMappings)] == [
        ("Close the volumes of the volume group pve", ("pve-b",)),
        ("Close the volumes of a lost volume group", ("gone-x",)),
        ("Close the volumes of the volume group pve", ("pve-a",)),
    ]
    assert len({step.id for step in steps}) == 3


def test_a_layer_is_above_what_it_lies_on_whichever_disk_comes_first() -> None:
    low = layer("/dev/mapper/low", LayerKind.CRYPT, "/dev/sdb1")
    high = layer("/dev/mapper/high", LayerKind.MAPPING, "/dev/sda1", "/dev/mapper/low")
    facts = machine(having("a", high), having("b", low, high))
    assert released(facts) == ["Close /dev/mapper/high", "Close /dev/mapper/low"]


def test_facts_that_go_round_in_circles_still_give_a_plan() -> None:
    one = layer("/dev/mapper/one", LayerKind.CRYPT, "/dev/sda1", "/dev/mapper/two")
    two = layer("/dev/mapper/two", LayerKind.CRYPT, "/dev/mapper/one")
    facts = machine(having("a", one, two), having("b"))
    assert sorted(released(facts)) == ["Close /dev/mapper/one", "Close /dev/mapper/two"]


def test_arrays_in_a_container_are_stopped_before_it() -> None:
    disks = ("/dev/sda", "/dev/sdb")
    container = layer("/dev/md127", LayerKind.CONTAINER, *disks)
    array = layer("/dev/md126", LayerKind.ARRAY, *disks)
    part = layer("/dev/md126p1", LayerKind.PARTITION, "/dev/md126")
    layers = (container, array, part)
    assert released(machine(having("a", *layers), having("b", *layers))) == [
        "Stop the md array /dev/md126",
        "Stop the md container /dev/md127",
    ]


def test_bcache_lets_go_of_devices_and_its_own_go_with_them() -> None:
    folder = "/sys/class/block/sda1/bcache"
    held = layer(folder, LayerKind.CACHE, "/dev/sda1")
    cached = layer("/dev/bcache0", LayerKind.BCACHE, folder)
    facts = machine(having("a", held, cached), having("b"))
    steps = tuple(plan_release(facts, facts.disks))
    assert [step.device for step in steps if isinstance(step, StopCache)] == ["/dev/sda1"]
    assert len(steps) == 1


def pool(*members: str, **more: object) -> PoolFact:
    known = {"name": "tank", "guid": "7", "state": "ONLINE", "imported": True, "members": members}
    return PoolFact.model_validate(known | more)


@pytest.mark.parametrize(
    ("found", "unmount", "expected"),
    [
        (pool("/dev/sda1", mounts=["/tank"]), True, ["Export the pool tank"]),
        (pool("/dev/sda1"), False, ["disk-in-use ata-DISK_S-a"]),
        (pool("/dev/sda1", mounts=["/"]), True, ["disk-in-use ata-DISK_S-a"]),
        (pool("/dev/sda1", state="SUSPENDED"), True, ["disk-in-use ata-DISK_S-a"]),
        (pool("/dev/sda1", imported=False), False, []),
    ],
    ids=["asked", "not asked", "the system's", "suspended", "exported"],
)
def test_pools(found: PoolFact, unmount: bool, expected: list[str]) -> None:
    facts = machine(having("a"), having("b")).model_copy(update={"pools": (found,)})
    assert released(facts, unmount=unmount) == expected


@pytest.mark.parametrize(
    ("mount", "unmount", "expected"),
    [
        ("/mnt", True, ["Unmount /mnt"]),
        ("/mnt", False, ["disk-in-use ata-DISK_S-a"]),
        ("/", True, ["disk-in-use ata-DISK_S-a"]),
    ],
)
def test_mounts(mount: str, unmount: bool, expected: list[str]) -> None:
    mounted = disk("a", mounts=(mount,))
    assert released(machine(mounted, disk("b")), unmount=unmount) == expected


@pytest.mark.parametrize("kind", [LayerKind.MULTIPATH, LayerKind.OTHER])
def test_what_nobody_knows_how_to_take_apart_is_refused(kind: LayerKind) -> None:
    facts = machine(having("a", layer("/dev/x", kind, "/dev/sda")), having("b"))
    assert released(facts) == ["disk-in-use ata-DISK_S-a"]


def test_a_disk_that_is_made_of_one_that_is_chosen_too() -> None:
    array = layer("/dev/sdb", LayerKind.ARRAY, "/dev/sda")
    assert released(machine(having("a", array), having("b"))) == ["disk-nested ata-DISK_S-a"]


@pytest.mark.parametrize(
    ("tool", "found"),
    [
        ("mdadm", layer("/dev/md127", LayerKind.ARRAY, "/dev/sda1")),
        ("dmsetup", layer("/dev/mapper/x", LayerKind.CRYPT, "/dev/sda1")),
        ("swapoff", layer("/dev/md1p1", LayerKind.PARTITION, "/dev/sda1", swap=True)),
    ],
)
def test_tools_are_missed_if_there_is_something_to_take_apart_with_them(
    tool: str, found: LayerFact
) -> None:
    clean = machine(having("a"), having("b")).model_copy(update={"missing_tools": (tool,)})
    assert released(clean) == []
    used = clean.model_copy(update={"disks": (having("a", found), having("b"))})
    assert released(used) == [f"tool-missing {tool}"]
