"""A new disk in the place of one that is lost: which is which, its table, steps, refusals."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from bedplate.errors import RefusedError, UndecidedError
from bedplate.model.boot_files import ESP_LIST
from bedplate.model.disk_change import ChangeHost, DiskChange, JoinArray, JoinBtrfs, JoinPool
from bedplate.model.esp import EspFacts, UuidList
from bedplate.model.facts import DiskFact, LayerFact, LayerKind, Signature
from bedplate.model.gpt import ESP_TYPE
from bedplate.model.known_disk import KNOWN_DISKS, KnownDisk, KnownDisks
from bedplate.model.plan import Role
from bedplate.model.step import FormatEsp, FormatSwap
from bedplate.model.store import MemberFact, MemberGroup, StoreFact
from bedplate.plan.ids import Ids
from bedplate.plan.replace import ReplaceInput, plan_replacement
from bedplate.units import GIB, MIB
from tests.unit.plan.builders import disk, machine
from tests.unit.plan.esps import blank
from tests.unit.plan.stores import FAILED, MISSING, WELL, boot_disk, member, mirror, pool


def asked(
    stores: Iterable[StoreFact],
    *disks: DiskFact,
    known: Iterable[str] = "ab",
    old: str | None = None,
    new: str | None = None,
    fstab: str = "",
) -> ReplaceInput:
    """A host whose two disks have ESPs, one of which may be gone."""
    esps = tuple(
        blank("abcdefgh".index(one.path[-1]) + 1, disk=one.id)
        for one in disks
        if any(part.type_guid == ESP_TYPE for part in one.partitions)
    )
    listed = UuidList(ids=("0001-AAAA", "0002-AAAA"))
    disk_of = {f"000{'abcdefgh'.index(letter) + 1}-AAAA": letter for letter in known}
    return ReplaceInput(
        facts=machine(*disks),
        stores=tuple(stores),
        esps=EspFacts(
            listed=listed,
            esps=esps,
            known_disks={fat: f"ata-DISK_S-{letter}" for fat, letter in disk_of.items()},
        ),
        known=tuple(
            KnownDisk(id=f"ata-DISK_S-{letter}", title=f"DISK, serial S-{letter}", fat_id=fat)
            for fat, letter in disk_of.items()
        ),
        fstab=fstab,
        old=old,
        new=new,
    )


def planned(given: ReplaceInput) -> DiskChange:
    return plan_replacement(given, Ids(b"seed"))


def codes(given: ReplaceInput) -> list[str]:
    with pytest.raises(RefusedError) as caught:
        planned(given)
    return [problem.code for problem in caught.value.problems]


LOST_B = pool(mirror(member("a"), member("b", MISSING)))


def kinds(plan: DiskChange) -> list[str]:
    return [step.kind for step in plan.steps]


def text_of(plan: DiskChange, path: str, place: int = 0) -> str:
    files = [f for step in plan.steps if isinstance(step, ChangeHost) for f in step.change.files]
    return [file.content or "" for file in files if file.path == path][place]


def test_the_lost_disk_and_the_blank_one_are_found_without_a_word() -> None:
    plan = planned(asked([LOST_B], boot_disk("a"), disk("c")))
    assert plan.old == "DISK, serial S-b (ata-DISK_S-b)"
    assert plan.made_for[0].path == "/dev/sdc"
    assert plan.stays == ("DISK, serial S-a, /dev/sda",)
    assert kinds(plan) == [
        "save-tables",
        "clear-disk",
        "partition-disk",
        "format-esp",
        "join-pool",
        "change-host",
        "sync-esps",
        "await-members",
        "change-host",
    ]


def test_the_new_disk_gets_what_its_sibling_has_by_role() -> None:
    plan = planned(asked([LOST_B], boot_disk("a"), disk("c", 32 * GIB)))
    sizes = [(part.number, part.role, part.size_bytes) for part in plan.disks[0].partitions]
    assert sizes[1:] == [(2, Role.ESP, 512 * MIB), (3, Role.DATA, 15 * GIB)]
    first = plan.disks[0].partitions[0]
    assert (first.first_sector, first.last_sector) == (34, 2047)
    (join,) = (step for step in plan.steps if isinstance(step, JoinPool))
    assert (join.pool, join.old) == ("rpool", "guid-b3")
    assert join.partition_guid == plan.disks[0].partitions[2].guid


@pytest.mark.parametrize(
    ("sector_size", "numbers"), [(512, [1, 2, 3]), (4096, [2, 3])], ids=["512", "4Kn"]
)
def test_sectors_of_another_size_change_no_size_in_bytes(
    sector_size: int, numbers: list[int]
) -> None:
    plan = planned(asked([LOST_B], boot_disk("a"), disk("c", sector_size=sector_size)))
    assert [part.number for part in plan.disks[0].partitions] == numbers
    esp, data = plan.disks[0].partitions[-2:]
    assert esp.first_sector * sector_size == MIB
    assert (esp.size_bytes, data.size_bytes) == (512 * MIB, 15 * GIB)


def test_the_list_of_esps_changes_hands_before_the_data_is_copied() -> None:
    plan = planned(asked([LOST_B], boot_disk("a"), disk("c")))
    (new,) = (step.fat_id for step in plan.steps if isinstance(step, FormatEsp))
    assert text_of(plan, ESP_LIST).split() == ["0001-AAAA", new]
    known = KnownDisks.model_validate_json(text_of(plan, KNOWN_DISKS)).root
    assert [(one.id, one.fat_id) for one in known] == [
        ("ata-DISK_S-a", "0001-AAAA"),
        ("ata-DISK_S-c", new),
    ]


def test_what_is_behind_the_data_is_made_again_and_swap_keeps_its_id() -> None:
    old = boot_disk("a", (Role.SWAP, GIB), size_bytes=20 * GIB)
    swap = old.partitions[3].model_copy(
        update={"signatures": (Signature(kind="swap", uuid="u-a"),)}
    )
    old = old.model_copy(update={"partitions": (*old.partitions[:3], swap)})
    fstab = "UUID=u-a none swap sw 0 0\nUUID=u-b none swap sw 0 0\n"
    plan = planned(asked([LOST_B], old, disk("c", 20 * GIB), fstab=fstab))
    assert [part.role for part in plan.disks[0].partitions][3:] == [Role.SWAP]
    assert [step.uuid for step in plan.steps if isinstance(step, FormatSwap)] == ["u-b"]


def test_every_part_of_a_lost_disk_joins_again() -> None:
    store = pool(
        mirror(member("a"), member("b", MISSING)),
        mirror(member("a", number=4), member("b", MISSING, number=4), role=Role.LOG),
    )
    old = boot_disk("a", (Role.LOG, GIB), size_bytes=20 * GIB)
    plan = planned(asked([store], old, disk("c", 20 * GIB)))
    joins = [step.old for step in plan.steps if isinstance(step, JoinPool)]
    assert joins == ["guid-b3", "guid-b4"]
    assert kinds(plan).count("await-members") == 1


def test_a_disk_that_is_a_little_smaller_fits_as_long_as_the_data_does() -> None:
    lost = pool(mirror(member("a"), member("b", MISSING), needed=14 * GIB))
    plan = planned(asked([lost], boot_disk("a"), disk("c", 15 * GIB)))
    data = plan.disks[0].by_role(Role.DATA)
    assert data is not None
    assert 14 * GIB <= data.size_bytes < 15 * GIB
    assert "The data partition is smaller than on the other disks." in plan.warnings


def test_a_disk_that_is_too_small_is_told_by_how_much() -> None:
    lost = pool(mirror(member("a"), member("b", MISSING), needed=14 * GIB))
    given = asked([lost], boot_disk("a"), disk("c", 14 * GIB))
    with pytest.raises(RefusedError) as caught:
        planned(given)
    (problem,) = caught.value.problems
    # Its table ends 33 sectors before the disk does.
    assert problem.code == "disk-too-small"
    assert f"by {MIB + 512 * MIB + 33 * 512} bytes" in problem.message


ARRAY = StoreFact(
    kind="md",
    id="u",
    name="/dev/md/mirror",
    at="/dev/md127",
    groups=(
        MemberGroup(
            type="raid1",
            members=(
                MemberFact(id="0", path="/dev/sda3", state=WELL),
                MemberFact(id="1", state=MISSING),
            ),
        ),
    ),
)
BTRFS = ARRAY.model_copy(update={"kind": "btrfs", "name": "pve", "at": "/"})


@pytest.mark.parametrize(("store", "kind"), [(ARRAY, JoinArray), (BTRFS, JoinBtrfs)])
def test_of_arrays_and_btrfs_it_is_the_disk_of_the_host_that_is_not_there(
    store: StoreFact, kind: type[JoinArray | JoinBtrfs]
) -> None:
    plan = planned(asked([store], boot_disk("a"), disk("c")))
    assert plan.old == "DISK, serial S-b (ata-DISK_S-b)"
    assert sum(isinstance(step, kind) for step in plan.steps) == 1


def test_a_disk_that_nobody_remembers_is_replaced_too() -> None:
    given = asked([ARRAY], boot_disk("a"), disk("c"), known="")
    assert planned(given).old == "a disk that is not known"


def test_a_disk_that_still_works_is_replaced_by_name_and_stays_listed_until_the_end() -> None:
    store = pool(mirror(member("a"), member("b")))
    given = asked([store], boot_disk("a"), boot_disk("b"), disk("c"), old="S-b")
    plan = planned(given)
    (new,) = (step.fat_id for step in plan.steps if isinstance(step, FormatEsp))
    assert text_of(plan, ESP_LIST).split() == ["0001-AAAA", "0002-AAAA", new]
    assert text_of(plan, ESP_LIST, -1).split() == ["0001-AAAA", new]
    assert kinds(plan)[-4:] == ["await-members", "change-host", "sync-esps", "change-host"]


def test_of_a_disk_that_cannot_be_read_it_is_remembered_which_esp_it_had() -> None:
    unread = tuple(
        part.model_copy(update={"type_guid": None}) for part in boot_disk("b").partitions
    )
    dying = boot_disk("b").model_copy(
        update={"error": "Input/output error", "partitions": unread, "table": None}
    )
    store = pool(mirror(member("a"), member("b", FAILED)))
    plan = planned(asked([store], boot_disk("a"), dying, disk("c")))
    (new,) = (step.fat_id for step in plan.steps if isinstance(step, FormatEsp))
    assert text_of(plan, ESP_LIST).split() == ["0001-AAAA", "0002-AAAA", new]
    assert text_of(plan, ESP_LIST, -1).split() == ["0001-AAAA", new]


def test_a_replacement_that_failed_itself_is_let_go_of() -> None:
    tried = MemberFact(id="tried", path="/dev/disk/by-id/gone-part3", state=MISSING)
    lost = member("b", MISSING).model_copy(update={"successor": tried})
    plan = planned(asked([pool(mirror(member("a"), lost))], boot_disk("a"), disk("c")))
    (join,) = (step for step in plan.steps if isinstance(step, JoinPool))
    assert (join.old, join.given_up) == ("guid-b3", "tried")


OTHER = StoreFact(
    kind="zfs",
    id="88",
    name="tank",
    at="tank",
    groups=(mirror(MemberFact(id="t", path="/dev/sdc", state=WELL)),),
)
LOST_TANK = OTHER.model_copy(
    update={
        "groups": (
            mirror(
                MemberFact(id="t", path="/dev/disk/by-id/ata-DISK_S-b", state=WELL),
                MemberFact(id="u", path="/dev/disk/by-id/gone", state=MISSING),
            ),
        )
    }
)
SWAPPED = disk("c").model_copy(update={"swap": True})
IN_USE = disk("c", mounts=("/srv",))
FULL = disk("c").model_copy(update={"signatures": (Signature(kind="ext4"),)})
A, B, C = boot_disk("a"), boot_disk("b"), disk("c")
WHOLE = pool(mirror(member("a"), member("b")))


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (asked([WHOLE], A, B, C), "nothing-to-replace"),
        (asked([LOST_B], A), "no-candidate"),
        (asked([LOST_B], A, C, disk("d")), "which-candidate"),
        (asked([LOST_B], A, FULL), "no-candidate"),
        (asked([LOST_B], A, IN_USE), "no-candidate"),
        (asked([LOST_B], A, IN_USE, old="S-b", new="S-c"), "disk-in-use"),
        (asked([LOST_B, OTHER], A, C, old="S-b", new="S-c"), "disk-in-use"),
        (asked([LOST_B], A, C, old="S-b", new="S-a"), "disk-in-use"),
        (asked([WHOLE], A, B, C, old="S-c", new="S-b"), "not-a-member"),
        (asked([WHOLE], A, B, C, old="S-b", new="S-b"), "disk-is-old"),
        (asked([WHOLE], A, B, C, old="S-b", new="S-a"), "disk-in-use"),
        (asked([LOST_B], A, C, old="nonsense"), "disk-unmatched"),
        (asked([LOST_B], A, C, old="ata-DISK_S-b", new="nonsense"), "disk-unmatched"),
        (
            asked([pool(mirror(member("a"), member("b", MISSING), member("d", MISSING)))], A, C),
            "which-disk",
        ),
        (
            asked([pool(mirror(member("b", MISSING), member("d", FAILED)))], C, old="guid-b3"),
            "no-sibling",
        ),
        (asked([ARRAY], A, disk("c", sector_size=4096)), "sector-size"),
        (asked([LOST_B], A, SWAPPED, new="S-c", old="S-b"), "disk-in-use"),
        (asked([LOST_TANK], A, disk("b"), C, known=""), "whole-disk-member"),
    ],
    ids=[
        "all is well",
        "no disk",
        "two blank disks",
        "a disk with data",
        "a mounted disk",
        "a mounted disk by name",
        "a disk of another pool",
        "the healthy disk",
        "the wrong way round",
        "twice the same",
        "a healthy disk for a healthy disk",
        "no such old disk",
        "no such new disk",
        "two lost disks",
        "nothing left",
        "larger sectors below a volume group",
        "a disk with swap",
        "a pool of whole disks",
    ],
)
def test_when_in_doubt_it_is_refused(given: ReplaceInput, code: str) -> None:
    assert codes(given) == [code]


@pytest.mark.parametrize(
    ("given", "argument", "choices"),
    [
        (
            asked([pool(mirror(member("a"), member("b", MISSING), member("d", MISSING)))], A, C),
            "old",
            {"ata-DISK_S-b": "DISK, serial S-b", "ata-DISK_S-d": "ata-DISK_S-d"},
        ),
        (
            asked([LOST_B], A, C, disk("d")),
            "new",
            {"ata-DISK_S-c": C.describe(), "ata-DISK_S-d": disk("d").describe()},
        ),
    ],
    ids=["of the old disk", "of the new disk"],
)
def test_what_may_be_meant_can_be_chosen_from(
    given: ReplaceInput, argument: str, choices: dict[str, str]
) -> None:
    with pytest.raises(UndecidedError) as undecided:
        planned(given)
    assert undecided.value.argument == argument
    assert {choice.name: choice.title for choice in undecided.value.choices} == choices
    for name in choices:
        planned(replace(given, old=name) if argument == "old" else replace(given, new=name))


def test_a_lost_disk_that_nothing_is_known_of_has_a_name_of_its_own() -> None:
    gone = asked([ARRAY], A, C, known="", old=f"{ARRAY.name}:1")
    assert planned(gone).made_for[0] == C


def test_a_single_name_may_be_that_of_the_new_disk() -> None:
    plan = planned(asked([LOST_B], A, C, disk("d"), old="S-d"))
    assert (plan.old, plan.made_for[0].path) == ("DISK, serial S-b (ata-DISK_S-b)", "/dev/sdd")


def test_leftovers_of_an_array_on_the_new_disk_are_taken_apart() -> None:
    layer = LayerFact(path="/dev/md9", node="/dev/md9", kind=LayerKind.ARRAY, on=("/dev/sdc",))
    old = FULL.model_copy(update={"layers": (layer,), "holders": ("/dev/md9",)})
    plan = planned(asked([LOST_B], A, old, old="S-b", new="S-c"))
    assert "stop-array" in kinds(plan)


def test_an_array_that_udev_started_of_a_leftover_does_not_keep_its_disk() -> None:
    left = (MemberFact(id="0", path="/dev/sdc3", state=WELL), MemberFact(id="1", state=MISSING))
    groups = (MemberGroup(type="raid1", members=left),)
    former = ARRAY.model_copy(update={"id": "v", "name": "/dev/md/former", "groups": groups})
    layer = LayerFact(path="/dev/md126", node="/dev/md126", kind=LayerKind.ARRAY, on=("/dev/sdc3",))
    new = boot_disk("c").model_copy(update={"layers": (layer,)})
    plan = planned(asked([LOST_B, former], A, new, old="S-b", new="S-c"))
    assert "stop-array" in kinds(plan)


def test_the_last_disk_of_the_array_itself_is_not_taken_for_a_leftover() -> None:
    given = asked([ARRAY], boot_disk("a"), C, old="S-b", new="S-a")
    assert codes(given) == ["disk-in-use"]


def test_a_disk_with_data_is_taken_if_it_is_named_and_what_is_on_it_is_told() -> None:
    plan = planned(asked([LOST_B], A, FULL, old="ata-DISK_S-b", new="S-c"))
    assert "on the whole disk: ext4" in next(s.destroys for s in plan.steps if s.destroys)
