"""What a clock tells its sinks."""

from __future__ import annotations

import pytest

from bedplate.events import Clock, Event, What


def test_a_step_ends_done_or_failed_whatever_ends_it() -> None:
    heard: list[Event] = []
    clock = Clock((heard.append,))
    with clock.step("live", "resume", "resume the live system"):
        pass
    with pytest.raises(KeyboardInterrupt), clock.step("start", "boot", "start the host"):
        raise KeyboardInterrupt
    assert [(event.what, event.phase, event.step, event.text) for event in heard] == [
        (What.STEP_STARTED, "live", "resume", "resume the live system"),
        (What.STEP_DONE, "live", "resume", "resume the live system"),
        (What.STEP_STARTED, "start", "boot", "start the host"),
        (What.STEP_FAILED, "start", "boot", "start the host"),
    ]
