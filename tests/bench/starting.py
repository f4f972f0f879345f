"""How soon things answer: a live machine from its snapshot, and a plan as a process."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from bedplate.model.facts import FirmwareKind
from bedplate.run import run
from tests.bench.figure import Figure, seconds
from tests.support.vm import VmLab

_CAPTURES = Path(__file__).parents[1] / "captures"
_ROUNDS = 7


def measure_resume(lab: VmLab) -> Figure:
    """From starting QEMU to the answer to the first command."""
    took: list[float] = []
    for firmware in FirmwareKind:  # makes the snapshots that are missing, untimed
        with tempfile.TemporaryDirectory() as name, lab.live(Path(name), firmware=firmware):
            pass
    for firmware in (FirmwareKind.BIOS, FirmwareKind.UEFI) * 3:
        with tempfile.TemporaryDirectory() as name:
            began = time.monotonic()
            with lab.live(Path(name), firmware=firmware, name="bench") as machine:
                machine.succeed("true")
                took.append(time.monotonic() - began)
    what = "live machine, from its snapshot to the first command answered"
    return Figure(what, tuple(took), 3.0, "s", seconds(took))


def measure_plan() -> Figure:
    """`bedplate plan` of a saved machine, interpreter start included."""
    bedplate = Path(sys.executable).with_name("bedplate")
    command: list[str | Path] = [
        *(bedplate, "plan", _CAPTURES / "machines/demo-answer.toml"),
        *("--facts", _CAPTURES / "machines/demo.json", "--images", _CAPTURES / "images"),
    ]
    took: list[float] = []
    for _ in range(_ROUNDS):
        began = time.monotonic()
        run(command)
        took.append(time.monotonic() - began)
    return Figure("`bedplate plan` of a saved machine", tuple(took), 0.6, "s", seconds(took))
