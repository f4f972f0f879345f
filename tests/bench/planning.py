"""How long a plan takes where there are very many disks, and how that grows with their number."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bedplate.config.layouts import load_layout
from bedplate.facts.saved import load_facts, save_facts
from bedplate.model.facts import DiskFact, Facts, PartitionFact, PoolFact, Signature
from bedplate.model.layout import Layout
from bedplate.model.plan import Plan
from bedplate.model.request import Request
from bedplate.plan.ids import Ids
from bedplate.plan.install import plan_install
from bedplate.render.plan_script import render_script
from bedplate.units import GIB, MIB
from tests.bench.figure import Figure, ratios, seconds
from tests.unit.plan.builders import MANIFEST, machine, request

_DISKS = 1000
_ROUNDS = 7
# Given the snapshot of a machine and the number of its disks: what is to be timed.
_Work = Callable[[Path, int], Callable[[], object]]


def measure_many_disks() -> Figure:
    """A snapshot of 1,000 used disks read, and all of them planned as one pool, in process."""
    took = _measure((_DISKS,), _planned)[_DISKS]
    return Figure(f"a plan for {_DISKS:,} disks, in process", took, 1.0, "s", seconds(took))


def measure_growth() -> Figure:
    """The same for twice the disks, divided by the first."""
    return _growth("a plan", _planned)


def measure_script_growth() -> Figure:
    """The same for the script of such a plan, which names each disk and partition many times."""
    return _growth("a script", _shown)


def _growth(what: str, work: _Work) -> Figure:
    took = _measure((_DISKS, 2 * _DISKS), work)
    ours, theirs = took[2 * _DISKS], took[_DISKS]
    made_of = f"{seconds(ours)} by {seconds(theirs)}"
    of_what = f"{what} for {2 * _DISKS:,} disks divided by one for {_DISKS:,}"
    return Figure(of_what, ratios(ours, theirs), 2.3, "x", made_of)


def _measure(counts: tuple[int, ...], work: _Work) -> dict[int, tuple[float, ...]]:
    """Seconds for each number of disks; they take turns."""
    took: dict[int, list[float]] = {count: [] for count in counts}
    with tempfile.TemporaryDirectory() as name:
        paths = {count: Path(name) / f"{count}.json" for count in counts}
        for count, path in paths.items():
            save_facts(_machine(count), path)
        for _ in range(_ROUNDS):
            for count, path in paths.items():
                run = work(path, count)
                began = time.perf_counter()
                run()
                took[count].append(time.perf_counter() - began)
    return {count: tuple(values) for count, values in took.items()}


def _planned(snapshot: Path, count: int) -> Callable[[], Plan]:
    layout = load_layout("zfs-raid10")
    asked = _request(layout, count)

    def work() -> Plan:
        plan = plan_install(asked, layout, load_facts(snapshot), MANIFEST, Ids(b""))
        assert len(plan.disks) == count
        return plan

    return work


def _shown(snapshot: Path, count: int) -> Callable[[], str]:
    plan = _planned(snapshot, count)()
    return lambda: render_script(plan)


def _request(layout: Layout, count: int) -> Request:
    return request(layout, *(_by_id(number) for number in range(count)))


def _machine(count: int) -> Facts:
    """Disks that were members of mirrors, each pair a pool of its own: the most there is to say."""
    pools = tuple(
        PoolFact(
            name=f"tank{number}",
            guid=str(number),
            state="ONLINE",
            imported=False,
            members=tuple(f"/dev/disk/by-id/{_by_id(number + side)}-part3" for side in (0, 1)),
        )
        for number in range(0, count, 2)
    )
    disks = tuple(_disk(number) for number in range(count))
    return machine(*disks).model_copy(update={"pools": pools})


def _disk(number: int) -> DiskFact:
    path = f"/dev/nvme{number}n1"
    return DiskFact(
        path=path,
        by_id=(_by_id(number), f"nvme-eui.{number:016x}"),
        serial=f"S{number:07}",
        wwn=f"eui.{number:016x}",
        model="DISK",
        transport="nvme",
        rotational=False,
        size_bytes=64 * GIB,
        sector_size=512,
        physical_sector_size=4096,
        table="gpt",
        partitions=tuple(_partition(path, number, part) for part in (1, 2, 3)),
        properties={"ID_MODEL": "DISK", "ID_SERIAL_SHORT": f"S{number:07}"},
    )


def _partition(disk: str, number: int, part: int) -> PartitionFact:
    return PartitionFact(
        number=part,
        path=f"{disk}p{part}",
        first_sector=part * 2048,
        last_sector=part * 2048 + 2047,
        size_bytes=MIB,
        guid=f"00000000-0000-4000-8000-{number * 4 + part:012x}",
        signatures=(Signature(kind="zfs_member", label=f"tank{number // 2 * 2}"),),
    )


def _by_id(number: int) -> str:
    return f"nvme-DISK_S{number:07}"
