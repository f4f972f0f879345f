"""What holds of every plan as a whole."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from bedplate.model.plan import BtrfsStorage, LvmStorage, Plan, Role
from bedplate.model.step import Phase
from tests.unit.plan.properties.asks import PASSWORD, Ask, asks, often


def identities(plan: Plan) -> list[str]:
    """Every GUID, UUID and volume id that a plan hands out."""
    guids = [disk.guid for disk in plan.disks]
    guids += [part.guid for disk in plan.disks for part in disk.partitions]
    guids += [step.fat_id for step in plan.steps if step.kind == "format-esp"]
    guids += [step.uuid for step in plan.steps if step.kind == "format-swap"]
    if isinstance(plan.storage, LvmStorage):
        guids += [volume.uuid for volume in plan.storage.volumes if volume.uuid]
    if isinstance(plan.storage, BtrfsStorage):
        guids.append(plan.storage.uuid)
    return guids


@often
@given(asks())
def test_the_disks_of_a_plan_are_those_meant_in_the_order_meant(ask: Ask) -> None:
    plan = ask.plan()
    assert plan.made_for == ask.chosen
    assert [disk.id for disk in plan.disks] == [disk.id for disk in ask.chosen]


@often
@given(asks())
def test_no_step_names_a_disk_that_was_not_chosen(ask: Ask) -> None:
    plan = ask.plan()
    text = "".join(step.model_dump_json() for step in plan.steps)
    strangers = (name for disk in ask.others() for name in (*disk.by_id, disk.path, disk.serial))
    assert [name for name in strangers if name and name in text] == []


@often
@given(asks())
def test_no_identity_is_given_twice(ask: Ask) -> None:
    given_out = Counter(identities(ask.plan()))
    assert max(given_out.values()) == 1


@often
@given(asks(), st.binary(max_size=16))
def test_the_same_seed_gives_the_same_plan(ask: Ask, seed: bytes) -> None:
    again = Ask(ask.layout, ask.request, ask.facts.model_copy(deep=True), ask.chosen)
    assert ask.plan(seed) == again.plan(seed)


@often
@given(asks(), st.binary(max_size=16), st.binary(max_size=16))
def test_another_seed_gives_other_identities(ask: Ask, one: bytes, other: bytes) -> None:
    shared = set(identities(ask.plan(one))) & set(identities(ask.plan(other)))
    assert bool(shared) == (one == other)


@often
@given(asks())
def test_a_plan_survives_its_own_json(ask: Ask) -> None:
    plan = ask.plan()
    assert Plan.model_validate_json(plan.model_dump_json()) == plan


@often
@given(asks())
def test_the_password_is_not_in_the_plan(ask: Ask) -> None:
    assert ask.request.root_password.text.reveal() == PASSWORD
    assert PASSWORD not in ask.plan().model_dump_json()


@often
@given(asks())
def test_every_disk_gets_its_steps_in_order(ask: Ask) -> None:
    plan = ask.plan()
    for disk in plan.disks:
        kinds = [step.kind for step in plan.steps if getattr(step, "disk", None) == disk.id]
        swap = ["format-swap"] * (disk.by_role(Role.SWAP) is not None)
        start = ["clear-disk", "partition-disk", "format-esp", *swap]
        assert kinds[: len(start)] == start
        boot = {"fill-esp", "install-bios-grub", "add-boot-entry"}
        assert "fill-esp" in kinds[len(start) : -1]
        assert set(kinds[len(start) : -1]) <= boot
        assert kinds[-1] == "mark-installed"


@often
@given(asks())
def test_phases_follow_each_other_and_no_step_is_there_twice(ask: Ask) -> None:
    steps = ask.plan().steps
    order = list(Phase)
    places = [order.index(step.phase) for step in steps]
    assert places == sorted(places)
    # The disks of these machines are in nobody's use.
    assert set(places) == {order.index(phase) for phase in order if phase is not Phase.RELEASE}
    assert len({step.id for step in steps}) == len(steps)


@often
@given(asks())
def test_nothing_is_destroyed_but_when_a_disk_is_cleared(ask: Ask) -> None:
    for step in ask.plan().steps:
        assert bool(step.destroys) == (step.kind == "clear-disk")


@often
@given(asks())
def test_each_disk_can_start_the_host_by_itself(ask: Ask) -> None:
    plan = ask.plan()
    loaders = {(loader.disk, loader.firmware.value) for loader in plan.boot.loaders}
    kinds = {512: ("bios", "uefi"), 4096: ("uefi",)}
    wanted = {(disk.id, kind) for disk in plan.disks for kind in kinds[disk.sector_size]}
    assert loaders == wanted
