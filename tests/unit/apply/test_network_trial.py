"""When a network that is on trial goes back, on a clock that a test winds."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bedplate.apply.network_trial import LOST_SECONDS, wake, wakeable, watch
from bedplate.model.network_trial import Ending


@dataclass(slots=True)
class World:
    """What happens when: whether the gateway answers, and whether it is decided already."""

    answers: Callable[[float], bool] = lambda _now: True
    decided: Callable[[float], bool] = lambda _now: False
    now: float = 1000.0
    looks: list[float] = field(default_factory=list)

    def watch(self, seconds: float) -> Ending:
        """Watch a trial that has so much time from now on."""
        begun = self.now
        return watch(
            begun + seconds,
            undecided=lambda: not self.decided(self.now - begun),
            reaches=lambda: self._look(begun),
            wait=self._wait,
            clock=lambda: self.now,
        )

    def _look(self, begun: float) -> bool:
        self.looks.append(self.now - begun)
        return self.answers(self.now - begun)

    def _wait(self, seconds: float) -> None:
        self.now += seconds


@dataclass(frozen=True, slots=True)
class Case:
    """A world, how a trial of a minute ends in it, and when."""

    world: World
    ending: Ending
    after: float


CASES = {
    "nobody says anything": Case(World(), Ending.OUT_OF_TIME, 60.0),
    "it is decided": Case(World(decided=lambda now: now >= 7), Ending.DECIDED, 7.0),
    "the gateway is gone": Case(
        World(answers=lambda _now: False), Ending.GATEWAY_LOST, LOST_SECONDS
    ),
    "the gateway goes later": Case(
        World(answers=lambda now: now < 20), Ending.GATEWAY_LOST, 20 + LOST_SECONDS
    ),
    "the gateway takes its time": Case(
        World(answers=lambda now: now > LOST_SECONDS - 2), Ending.OUT_OF_TIME, 60.0
    ),
    "the gateway is silent now and then": Case(
        World(answers=lambda now: now % 10 < 1), Ending.OUT_OF_TIME, 60.0
    ),
    "it is decided though the gateway is gone": Case(
        World(answers=lambda _now: False, decided=lambda now: now >= 3), Ending.DECIDED, 3.0
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_trial_ends_for_a_reason_and_in_time(name: str) -> None:
    case = CASES[name]
    begun = case.world.now
    assert case.world.watch(60.0) is case.ending
    assert case.world.now - begun == case.after


def test_no_time_at_all_is_over_at_once() -> None:
    world = World()
    assert world.watch(0.0) is Ending.OUT_OF_TIME
    assert world.looks == []


def test_whoever_waits_is_woken(tmp_path: Path) -> None:
    place = tmp_path / "folder/wake"
    with wakeable(place) as wait:
        waiting = threading.Thread(target=wait, args=(60.0,), daemon=True)
        waiting.start()
        wake(place)
        waiting.join(30.0)
        assert not waiting.is_alive()
        wait(0.0)  # and nobody waits for ever
    assert not place.exists()
    wake(place)  # there is nobody to wake, which is no error
