"""What values remember of themselves, and that nobody sees it."""

from __future__ import annotations

from functools import cached_property

import pytest
from pydantic import ValidationError

from bedplate.model.facts import Facts, Firmware, FirmwareKind, PoolFact, VolumeGroupFact
from bedplate.model.plan import Plan
from bedplate.model.value import Value
from tests.support.plans import disk_plan, plan_of


class Name(Value):
    """A value that remembers something."""

    text: str

    @cached_property
    def length(self) -> int:
        return len(self.text)


def test_what_a_value_remembers_is_no_part_of_it() -> None:
    used, fresh = Name(text="four"), Name(text="four")
    assert used.length == 4
    assert (used == fresh, fresh == used, hash(used) == hash(fresh)) == (True, True, True)
    assert used != Name(text="five")
    assert (used.model_dump(), used.model_dump_json()) == ({"text": "four"}, '{"text":"four"}')
    assert repr(used) == repr(fresh)
    assert "length" not in Name.model_json_schema()["properties"]


def test_a_copy_with_other_fields_remembers_nothing_of_the_original() -> None:
    used = Name(text="four")
    assert used.length == 4
    assert used.model_copy(update={"text": "seven!!"}).length == 7
    assert used.model_copy(update={"text": "seven!!"}, deep=True).length == 7


def test_a_value_cannot_be_given_what_it_remembers() -> None:
    with pytest.raises(ValidationError, match="length"):
        Name.model_validate({"text": "four", "length": 5})


def test_a_plan_finds_its_disks_and_partitions() -> None:
    first, second = disks = (disk_plan("a"), disk_plan("b"))
    plan = plan_of(disks=disks)
    text = plan.model_dump_json()
    assert (plan.disk("a"), plan.disk("b")) == disks
    assert (plan.number("a"), plan.number("b")) == (1, 2)
    assert (plan.found("a"), plan.found("b")) == plan.made_for
    for disk in disks:
        for part in disk.partitions:
            assert plan.partition(part.guid) == (disk, part)
    assert plan == Plan.model_validate_json(text)
    assert plan.model_dump_json() == text
    swapped = plan.model_copy(update={"disks": (second, first)})
    assert (swapped.number("a"), swapped.number("b")) == (2, 1)


def test_facts_find_pools_and_groups_by_their_devices() -> None:
    one, other = (
        PoolFact(name=name, guid=name, state="ONLINE", imported=False, members=members)
        for name, members in (("one", ("/dev/a", "/dev/b")), ("other", ("/dev/b", "/dev/c")))
    )
    group = VolumeGroupFact(
        name="pve", uuid="u", size_bytes=0, free_bytes=0, extent_bytes=0, pvs=("/dev/b", "/dev/d")
    )
    facts = Facts(
        firmware=Firmware(kind=FirmwareKind.BIOS),
        memory_bytes=0,
        pools=(one, other),
        volume_groups=(group,),
    )
    assert facts.pool_places == {"/dev/a": [0], "/dev/b": [0, 1], "/dev/c": [1]}
    assert facts.group_places == {"/dev/b": [0], "/dev/d": [0]}
    without = facts.model_copy(update={"pools": (other,)})
    assert without.pool_places == {"/dev/b": [0], "/dev/c": [0]}
