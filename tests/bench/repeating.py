"""A plan applied a second time, held against one look at the machine, which is all it takes."""

from __future__ import annotations

import tempfile
from pathlib import Path

from bedplate.lab.answer import plan_answer
from bedplate.lab.provision import ANSWER, IMAGES
from bedplate.model.facts import FirmwareKind
from tests.bench.figure import Figure, ratios, seconds
from tests.bench.inside import timed
from tests.support.vm import PASSWORD, VmLab

_ROUNDS = 7
_LIMIT = 2.0


def measure_second_apply(lab: VmLab) -> Figure:
    """Both in one machine, in turns, after the plan was carried out there."""
    ours: list[float] = []
    theirs: list[float] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        disks = lab.disks(folder, 2)
        with lab.live(folder, disks, firmware=FirmwareKind.UEFI, name="bench") as machine:
            answer = plan_answer("bench", "zfs-mirror", disks, [], PASSWORD)
            machine.succeed("mkdir -p -m 0700 /run/bedplate")
            machine.console.send_file(answer.reveal().encode(), ANSWER)
            machine.succeed(f"bedplate plan {ANSWER} --images {IMAGES} --json >/run/plan.json")
            apply = f"bedplate apply /run/plan.json --yes --images {IMAGES} >/dev/null"
            timed(machine, f"{apply} --answer {ANSWER}")
            for _ in range(_ROUNDS):
                theirs.append(timed(machine, "bedplate facts --json >/dev/null"))
                ours.append(timed(machine, apply))
    return Figure(
        "the same plan applied a second time / `bedplate facts --json`",
        ratios(ours, theirs),
        _LIMIT,
        "times",
        f"apply {seconds(ours)}; facts {seconds(theirs)}",
    )
