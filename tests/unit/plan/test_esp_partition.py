"""Which partitions may be formatted or listed as ESPs, and what may leave the list."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from bedplate.errors import RefusedError
from bedplate.model.esp import EspFact, EspFacts, Unreadable, UuidList
from bedplate.model.facts import DiskFact, PartitionFact, Signature
from bedplate.model.gpt import ESP_TYPE, LVM_TYPE
from bedplate.plan.esp_partition import check_init, find_partition, plan_clean, plan_format
from bedplate.units import GIB, MIB
from tests.unit.plan.esps import blank

ESP = PartitionFact(
    number=2,
    path="/dev/sda2",
    first_sector=2048,
    last_sector=2097151,
    size_bytes=GIB,
    type_guid=ESP_TYPE,
)
FAT = (Signature(kind="vfat", uuid="0001-AAAA"),)


def disk(*partitions: PartitionFact, **more: object) -> DiskFact:
    plain = DiskFact(
        path="/dev/sda",
        by_id=("disk-1",),
        model="Model 1",
        size_bytes=100 * GIB,
        sector_size=512,
        physical_sector_size=512,
        table="gpt",
        partitions=partitions,
    )
    return plain.model_copy(update=more)


def esp(**more: object) -> PartitionFact:
    return ESP.model_copy(update=more)


@dataclass(frozen=True, slots=True)
class Row:
    """A partition and why it is not formatted, without and with force."""

    disk: DiskFact
    codes: tuple[str, ...]
    forced: tuple[str, ...] = ()
    path: str = "/dev/sda2"
    in_pools: frozenset[str] = frozenset()


FORMAT = {
    "blank": Row(disk(ESP), ()),
    "has a file system": Row(disk(esp(signatures=FAT)), ("partition-not-empty",)),
    "of another type": Row(disk(esp(type_guid=LVM_TYPE)), ("esp-wrong-type",)),
    "mounted": Row(disk(esp(mounts=("/boot/efi",))), ("esp-mounted",), ("esp-mounted",)),
    "held": Row(disk(esp(holders=("/dev/md0",))), ("partition-in-use",), ("partition-in-use",)),
    "swap": Row(disk(esp(swap=True)), ("partition-in-use",), ("partition-in-use",)),
    "in a pool": Row(
        disk(ESP), ("partition-in-use",), ("partition-in-use",), in_pools=frozenset({"/dev/sda2"})
    ),
    "too small": Row(disk(esp(size_bytes=255 * MIB)), ("esp-too-small",), ("esp-too-small",)),
    "just large enough": Row(disk(esp(size_bytes=256 * MIB)), ()),
    "a whole disk": Row(disk(ESP), ("not-a-partition",), ("not-a-partition",), path="/dev/sda"),
    "no device": Row(disk(ESP), ("not-a-partition",), ("not-a-partition",), path="/dev/sdz9"),
    "no GPT": Row(disk(ESP, table="dos"), ("no-gpt",), ("no-gpt",)),
    "read-only": Row(disk(ESP, read_only=True), ("disk-read-only",), ("disk-read-only",)),
    "everything at once": Row(
        disk(esp(size_bytes=MIB, mounts=("/x",), signatures=FAT)),
        ("esp-mounted", "esp-too-small", "partition-not-empty"),
        ("esp-mounted", "esp-too-small"),
    ),
}


def refused(row: Row, *, force: bool) -> tuple[str, ...]:
    try:
        plan_format(row.path, [row.disk], row.in_pools, "0001-AAAA", force=force)
    except RefusedError as error:
        return tuple(problem.code for problem in error.problems)
    return ()


@pytest.mark.parametrize("row", FORMAT.values(), ids=FORMAT)
def test_what_may_be_formatted(row: Row) -> None:
    assert refused(row, force=False) == row.codes
    assert refused(row, force=True) == row.forced


def test_the_type_is_set_where_it_is_another_one() -> None:
    plans = [
        plan_format("/dev/sda2", [disk(esp(type_guid=kind))], (), "0001-AAAA", force=True)
        for kind in (ESP_TYPE, LVM_TYPE)
    ]
    assert [plan.sets_type for plan in plans] == [False, True]


def test_a_whole_disk_is_told_its_esp() -> None:
    with pytest.raises(RefusedError) as error:
        find_partition("/dev/sda", [disk(ESP)])
    (problem,) = error.value.problems
    assert (
        problem.message == "is a whole disk (Model 1, /dev/sda), and an ESP is a partition of one"
    )
    assert problem.hint == "its ESP is /dev/sda2"


INIT = {
    "ready": (blank(), ESP, ()),
    "no ESP": (None, esp(type_guid=LVM_TYPE), ("esp-wrong-type",)),
    "listed, and no ESP": (blank(type_guid=LVM_TYPE), ESP, ("esp-wrong-type",)),
    "mounted": (blank(mounts=("/boot/efi",)), ESP, ("esp-mounted",)),
    "no FAT": (
        blank(fat_id=None, unreadable=Unreadable(code="esp-no-fat", message="has no FAT")),
        ESP,
        ("esp-no-fat",),
    ),
    "read-only": (blank(read_only=True), ESP, ("esp-read-only",)),
    "too small": (blank(), esp(size_bytes=MIB), ("esp-too-small",)),
}


@pytest.mark.parametrize(("fact", "partition", "codes"), INIT.values(), ids=INIT)
def test_what_may_be_listed(
    fact: EspFact | None, partition: PartitionFact, codes: tuple[str, ...]
) -> None:
    facts = EspFacts(esps=() if fact is None else (fact,))
    found: tuple[str, ...] = ()
    try:
        assert check_init("/dev/sda2", [disk(partition)], facts) == fact
    except RefusedError as error:
        found = tuple(problem.code for problem in error.problems)
    assert found == codes


def test_a_clone_is_not_listed() -> None:
    facts = EspFacts(esps=(blank(), blank(2, fat_id="0001-AAAA")))
    with pytest.raises(RefusedError, match="has the FAT id 0001-AAAA, as /dev/sdb2"):
        check_init("/dev/sda2", [disk(ESP)], facts)


def test_a_damaged_list_is_not_written() -> None:
    facts = EspFacts(listed=UuidList(damaged=("oops",)), esps=(blank(),))
    with pytest.raises(RefusedError, match="has the line 'oops'"):
        check_init("/dev/sda2", [disk(ESP)], facts)
    with pytest.raises(RefusedError, match="has the line 'oops'"):
        plan_clean(facts, yes=True)


def listing(*ids: str, **more: object) -> EspFacts:
    facts = EspFacts(listed=UuidList(ids=ids), esps=(blank(1), blank(2)))
    return facts.model_copy(update=more)


def test_clean_drops_what_no_disk_has() -> None:
    plan = plan_clean(listing("0001-AAAA", "0002-AAAA", "0009-AAAA"), yes=False)
    assert (plan.dropped, plan.kept) == (("0009-AAAA",), ("0001-AAAA", "0002-AAAA"))


def test_clean_drops_nothing_where_all_are_there() -> None:
    assert plan_clean(listing("0001-AAAA"), yes=False).dropped == ()


def test_clean_does_not_silence_the_alarm_about_a_lost_disk() -> None:
    facts = listing("0001-AAAA", "0009-AAAA", known_disks={"0009-AAAA": "ata-X"})
    with pytest.raises(RefusedError) as error:
        plan_clean(facts, yes=False)
    (problem,) = error.value.problems
    assert problem.message == (
        "0009-AAAA (disk ata-X) would leave the list, and 1 ESP would stay on it: "
        "nobody would be told any more that this host has lost a boot disk"
    )
    assert plan_clean(facts, yes=True).dropped == ("0009-AAAA",)


def test_clean_asks_if_a_disk_cannot_be_read() -> None:
    facts = listing("0001-AAAA", "0002-AAAA", "0009-AAAA", unread_disks=("Model 3, /dev/sdc",))
    with pytest.raises(RefusedError, match=r"may be on a disk that cannot be read: Model 3"):
        plan_clean(facts, yes=False)


def test_nothing_is_cleaned_where_there_is_no_list() -> None:
    with pytest.raises(RefusedError, match="there is nothing to clean"):
        plan_clean(EspFacts(), yes=True)
