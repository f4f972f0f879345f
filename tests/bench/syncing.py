"""Syncs of ESPs, held against reading the same files once, and against one ESP alone."""

from __future__ import annotations

import json
import tempfile
from functools import cache
from pathlib import Path

from bedplate.units import MIB
from tests.bench.figure import Figure, ratios, seconds
from tests.support.uml import Uml

_ROUNDS = 5
_SCENARIO = "tests/uml/scenarios/esp_speed.py"
_IDLE_LIMIT, _FOUR_LIMIT = 3.0, 2.5


def measure_idle_sync() -> Figure:
    """Everything is there as it should be, on four ESPs with three kernels each."""
    found = _measured()
    return Figure(
        "a sync with nothing to do / one sha256sum over the same files (four ESPs, three kernels)",
        ratios(found["idle"], found["sha256sum"]),
        _IDLE_LIMIT,
        "times",
        f"sync {seconds(found['idle'])}; sha256sum {seconds(found['sha256sum'])}",
    )


def measure_four_esps() -> Figure:
    """Everything is written, to four empty ESPs and to one."""
    found = _measured()
    return Figure(
        "a full sync to four ESPs / to one",
        ratios(found["four"], found["one"]),
        _FOUR_LIMIT,
        "times",
        f"four {seconds(found['four'])}; one {seconds(found['one'])}",
    )


@cache
def _measured() -> dict[str, list[float]]:
    with tempfile.TemporaryDirectory() as name:
        uml = Uml(Path(name))
        for _ in range(4):
            uml.add_disk(330 * MIB)
        result = uml.run_python(_SCENARIO, str(_ROUNDS), deadline=1800, memory_mib=2048)
        found = json.loads((result.out / "seconds.json").read_text())
    assert isinstance(found, dict)
    return found
