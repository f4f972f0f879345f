"""What holds of every request that must not be carried out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedplate.errors import Problem, RefusedError
from bedplate.model.facts import DiskFact, Facts, PartitionFact
from bedplate.model.plan import Plan
from tests.unit.plan.properties.asks import PASSWORD, Ask, asks, often
from tests.unit.plan.properties.flaws import Flaw, flaws_of, named


@st.composite
def flawed_asks(draw: st.DrawFn) -> tuple[Ask, Flaw]:
    """A request with one thing wrong, and the thing."""
    ask = named(draw(asks()))
    flaws = flaws_of(ask)
    flaw = flaws[draw(st.sampled_from(sorted(flaws)))]
    return flaw.spoil(ask), flaw


@st.composite
def spoilt_asks(draw: st.DrawFn) -> Ask:
    """A request with up to four things wrong, which may hide or undo each other."""
    ask = draw(asks())
    flaws = flaws_of(ask)
    for name in draw(st.lists(st.sampled_from(sorted(flaws)), max_size=4, unique=True)):
        ask = flaws[name].spoil(ask)
    return ask


def answer(ask: Ask) -> Plan | tuple[Problem, ...]:
    """The plan, or why there is none; any other exception is a bug."""
    try:
        return ask.plan()
    except RefusedError as refusal:
        return refusal.problems


@often
@given(flawed_asks())
def test_what_is_wrong_is_named(flawed: tuple[Ask, Flaw]) -> None:
    ask, flaw = flawed
    with pytest.raises(RefusedError) as caught:
        ask.plan()
    assert flaw.code in {problem.code for problem in caught.value.problems}


@often
@given(spoilt_asks())
def test_a_refusal_says_what_and_where_and_never_the_password(ask: Ask) -> None:
    result = answer(ask)
    for problem in () if isinstance(result, Plan) else result:
        assert "" not in (problem.code, problem.where, problem.message)
        assert PASSWORD not in str(problem)


@often
@given(spoilt_asks())
def test_a_reason_is_given_once(ask: Ask) -> None:
    result = answer(ask)
    problems = () if isinstance(result, Plan) else result
    assert len(set(problems)) == len(problems)


@often
@given(spoilt_asks())
def test_no_plan_takes_a_disk_that_is_in_use_or_must_not_be_written(ask: Ask) -> None:
    result = answer(ask)
    for disk in result.made_for if isinstance(result, Plan) else ():
        assert disk in ask.facts.disks
        assert not disk.read_only
        assert disk.error is None
        assert not is_used(disk, ask.facts)


def is_used(disk: DiskFact, facts: Facts) -> bool:
    """Whether anything uses the disk now."""
    by_id = [f"/dev/disk/by-id/{name}" for name in disk.by_id]
    names = {disk.path, *by_id}
    for part in disk.partitions:
        names |= {part.path, f"/dev/disk/by-partuuid/{part.guid}"}
        names |= {f"{name}-part{part.number}" for name in by_id}
    imported = (name for pool in facts.pools if pool.imported for name in pool.members)
    active = (
        name
        for group in facts.volume_groups
        if any(volume.active for volume in group.volumes)
        for name in group.pvs
    )
    things: tuple[DiskFact | PartitionFact, ...] = (disk, *disk.partitions)
    used = any(thing.mounts or thing.swap or thing.holders for thing in things)
    return used or any(name in names for name in (*imported, *active))
