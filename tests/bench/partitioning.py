"""Eight disks partitioned and formatted: by the engine, and by nothing but the tools themselves."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bedplate.apply.artefacts import Artefacts
from bedplate.apply.engine import Apply
from bedplate.apply.journal import Journal
from bedplate.events import Event, What
from bedplate.model.facts import DiskFact
from bedplate.model.plan import Plan, Role
from bedplate.model.request import Secrets
from bedplate.model.step import FormatEsp, PartitionDisk, Phase
from bedplate.render.sfdisk import render_sfdisk
from bedplate.run import run
from bedplate.units import GIB
from tests.bench.figure import Figure, ratios, seconds
from tests.support.loop import LoopDisk, loop_disks
from tests.support.plans import disk_plan, plan_of

_DISKS = 8
_ROUNDS = 9
_LIMIT = 1.5


def measure_partitioning() -> Figure:
    """The phase of the engine divided by one script and one mkfs for each disk, all at once."""
    ours: list[float] = []
    theirs: list[float] = []
    # In memory, as the journal is in the live system; the disks are files all the same.
    with tempfile.TemporaryDirectory() as name, tempfile.TemporaryDirectory(dir="/dev/shm") as ram:
        folder = Path(name)
        with loop_disks(folder, _DISKS, size_bytes=16 * GIB) as disks:
            plan = _plan(disks)
            for _ in range(_ROUNDS):
                theirs.append(_bare(plan))
                ours.append(_engine(plan, Path(ram)))
    return Figure(
        "partition and format 8 disks / sfdisk and mkfs for each, all at once",
        ratios(ours, theirs),
        _LIMIT,
        "times",
        f"ours {seconds(ours)}; bare {seconds(theirs)}",
    )


def _plan(disks: tuple[LoopDisk, ...]) -> Plan:
    planned = tuple(disk_plan(disk.path, size_bytes=disk.size_bytes) for disk in disks)
    esps = ((disk, disk.by_role(Role.ESP)) for disk in planned)
    return plan_of(
        *(
            PartitionDisk(id=f"partition:{d.id}", phase=Phase.PARTITION, summary="", disk=d.id)
            for d in planned
        ),
        *(
            FormatEsp(
                id=f"format:{disk.id}",
                phase=Phase.PARTITION,
                summary="",
                disk=disk.id,
                partition_guid=esp.guid,
                fat_id="ABCD-1234",
            )
            for disk, esp in esps
            if esp
        ),
        disks=planned,
    )


def _engine(plan: Plan, journal: Path) -> float:
    """Seconds from the first step of the phase to the end of its last."""
    times: list[float] = []

    def note(event: Event) -> None:
        if event.what in (What.STEP_STARTED, What.STEP_DONE):
            times.append(event.seconds)

    def unchanged(_only: Collection[str]) -> tuple[DiskFact, ...]:
        return plan.made_for

    apply = Apply(run, unchanged, Journal(Plan, journal), (note,), Artefacts(Path("/nowhere")))
    apply.start(plan, Secrets())
    return max(times) - min(times)


def _bare(plan: Plan) -> float:
    """Seconds that one script and one mkfs for each disk take, started all at once."""

    def one(disk: str, script: str) -> None:
        run(["sfdisk", "--quiet", "--no-reread", "--no-tell-kernel", disk], stdin=script)
        # The kernel of a test machine may read no GPT, so it is told, as sfdisk would have done.
        run(["partx", "--delete", disk], check=False)
        run(["partx", "--add", disk])
        run(["mkfs.vfat", "-F", "32", f"{disk}p2"])

    began = time.monotonic()
    with ThreadPoolExecutor(_DISKS) as pool:
        for done in [pool.submit(one, disk.id, render_sfdisk(disk)) for disk in plan.disks]:
            done.result()
    return time.monotonic() - began
