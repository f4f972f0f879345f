"""Whatever is on an ESP, however little room it has: no moment of a sync leaves it unbootable."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from bedplate.errors import Problem
from bedplate.model.esp import EspFact, EspFile
from bedplate.model.esp_sync import Lane
from bedplate.plan.esp_sync import plan_sync
from bedplate.units import KIB, MIB
from tests.unit.plan.esps import (
    CLUSTER,
    A,
    B,
    C,
    D,
    asked,
    blank,
    bootable,
    carried_out,
    moments,
)

KERNELS = st.sets(st.sampled_from([A, B, C, D]), min_size=1)
EDITIONS = st.dictionaries(st.sampled_from([A, B, C, D]), st.integers(1, 2))


def synced_once(esp: EspFact, kernels: set[str], edition: dict[str, int]) -> EspFact:
    """The ESP after a sync, or as it is if that could not be done."""
    plan = plan_sync(asked([esp], kernels, edition=edition))
    return carried_out(esp, plan.lanes[0].steps) if plan.lanes else esp


def crowded(esp: EspFact, free_bytes: int) -> EspFact:
    """The ESP with a file of somebody else's that leaves at most so much free."""
    size = max(0, esp.free_bytes - free_bytes) // CLUSTER * CLUSTER
    filler = EspFile(path="somebody/else.img", size_bytes=size, sha256="else")
    return esp.model_copy(
        update={"files": (*esp.files, filler), "free_bytes": esp.free_bytes - size}
    )


@st.composite
def esps(draw: st.DrawFn) -> EspFact:
    """An ESP that was synced before, for other kernels, with anything from no to much room."""
    esp = blank(size_bytes=draw(st.sampled_from([256, 300, 512, 1024])) * MIB)
    for _ in range(draw(st.integers(0, 2))):
        esp = synced_once(esp, draw(KERNELS), draw(EDITIONS))
    if draw(st.booleans()):
        esp = crowded(esp, draw(st.integers(0, 100 * MIB // KIB)) * KIB)
    return esp


@settings(max_examples=300)
@given(esp=esps(), kernels=KERNELS, edition=EDITIONS, data=st.data())
def test_an_esp_stays_bootable_and_a_second_sync_does_nothing(
    esp: EspFact, kernels: set[str], edition: dict[str, int], data: st.DataObject
) -> None:
    order = data.draw(st.permutations(sorted(kernels)))
    spare = tuple(order[: data.draw(st.integers(0, len(order) - 1))])
    plan = plan_sync(asked([esp], kernels, edition=edition, spare=spare))
    if not plan.lanes:
        assert [problem.code for problem in plan.problems] == ["esp-full"]
        return
    (lane,) = plan.lanes
    check_every_moment(esp, lane)
    after = carried_out(esp, lane.steps)
    assert bootable(after) == set(lane.kernels) == kernels - set(lane.left_out)
    assert [f for f in after.files if f.sha256 == "else"] == [
        f for f in esp.files if f.sha256 == "else"
    ]
    again = plan_sync(asked([after], kernels, edition=edition, spare=spare))
    assert (again.problems, again.lanes[0].steps) == ((), ())


def check_every_moment(esp: EspFact, lane: Lane) -> None:
    could_boot = bool(bootable(esp))
    for step in lane.steps:
        for now in moments(esp, step):
            assert bootable(now) or not could_boot, step.summary
            could_boot = could_boot or bool(bootable(now))
        esp = carried_out(esp, [step])
        assert esp.free_bytes >= 0


@given(esp=esps(), kernels=KERNELS)
def test_what_is_missing_would_be_enough(esp: EspFact, kernels: set[str]) -> None:
    """The number of bytes that a problem tells is what the ESP lacks, and no less."""
    plan = plan_sync(asked([esp], kernels))
    for problem in plan.problems:
        roomier = esp.model_copy(update={"free_bytes": esp.free_bytes + told_bytes(problem)})
        assert plan_sync(asked([roomier], kernels)).problems == ()


def told_bytes(problem: Problem) -> int:
    return int(problem.message.partition("(")[2].partition(" bytes")[0])
