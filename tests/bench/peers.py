"""Eight used disks wiped, partitioned and formatted: by the engine, and by two programs of Debian.

Each of them makes the same of every disk: a GPT with a BIOS boot partition, an ESP of 512 MiB with
FAT32, and the rest for data. Each begins with disks that carry what another one left, and is used
as it is quickest: systemd-repart, which knows one disk, is started for all of them at once and
discards nothing; FAI's setup-storage is given all disks in one configuration. Theirs are whole
processes. Ours is the engine from the start of a run to its end, with a real look at the disks
before the first write; loading the program is left out, as an install loads it once for all that
it does.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bedplate.apply.artefacts import Artefacts
from bedplate.apply.engine import Apply
from bedplate.apply.journal import Journal
from bedplate.facts import probe_disk_facts
from bedplate.model.facts import DiskFact
from bedplate.model.plan import DiskPlan, Plan, Role
from bedplate.model.request import Secrets
from bedplate.model.step import ClearDisk, FormatEsp, PartitionDisk, Phase, Step
from bedplate.run import run
from bedplate.units import GIB
from tests.bench.figure import Figure, ratios, seconds
from tests.support.loop import LoopDisk, loop_disks
from tests.support.plans import disk_plan, plan_of

_DISKS = 8
_ROUNDS = 7
_LIMIT = 1.0
_REPART = {
    "10-bios": "Type=21686148-6449-6e6f-744e-656564454649\nSizeMinBytes=1M\nSizeMaxBytes=1M\n",
    "20-esp": "Type=esp\nFormat=vfat\nSizeMinBytes=512M\nSizeMaxBytes=512M\n",
    "30-data": "Type=6a898cc3-1dd2-11b2-99a6-080020736631\nSizeMinBytes=1G\n",
}
_FAI = """\
disk_config disk1 disklabel:gpt-bios align-at:1M
primary - 512 vfat rw createopts="-F 32"
primary - 1G- - -
"""

Peer = Callable[[Path, tuple[LoopDisk, ...]], None]


def measure_beside_repart() -> Figure:
    """The engine divided by systemd-repart."""
    return _measure("systemd-repart on all at once", _repart)


def measure_beside_fai() -> Figure:
    """The engine divided by FAI's setup-storage."""
    return _measure("FAI's setup-storage", _setup_storage)


def _measure(what: str, peer: Peer) -> Figure:
    ours: list[float] = []
    theirs: list[float] = []
    with (
        tempfile.TemporaryDirectory() as name,
        # As in the live system, the journal is in memory.
        tempfile.TemporaryDirectory(dir="/dev/shm") as ram,
        loop_disks(Path(name), _DISKS, size_bytes=16 * GIB) as disks,
    ):
        _engine(disks, Path(ram))  # what the first round of the peer has to wipe
        for _ in range(_ROUNDS):
            theirs.append(_timed(lambda: peer(Path(name), disks)))
            _check(disks)
            ours.append(_engine(disks, Path(ram)))
            _check(disks)
    return Figure(
        f"wipe, partition and format {_DISKS} disks / {what}",
        ratios(ours, theirs),
        _LIMIT,
        "times",
        f"ours {seconds(ours)}; theirs {seconds(theirs)}",
    )


def _engine(disks: tuple[LoopDisk, ...], ram: Path) -> float:
    found = _look([disk.path for disk in disks])
    plan = _plan(found)
    apply = Apply(run, _look, Journal(Plan, ram), (), Artefacts(Path("/nowhere")))
    return _timed(lambda: apply.start(plan, Secrets()))


def _look(only: Collection[str]) -> tuple[DiskFact, ...]:
    return probe_disk_facts(run, only)


def _plan(found: tuple[DiskFact, ...]) -> Plan:
    disks = tuple(disk_plan(disk.path, size_bytes=disk.size_bytes) for disk in found)
    clear = (ClearDisk(id=f"clear:{d.id}", phase=Phase.CLEAR, summary="", disk=d.id) for d in disks)
    partition = (
        PartitionDisk(id=f"partition:{d.id}", phase=Phase.PARTITION, summary="", disk=d.id)
        for d in disks
    )
    plan = plan_of(*clear, *partition, *map(_format, disks), disks=disks)
    return plan.model_copy(update={"made_for": found})


def _format(disk: DiskPlan) -> Step:
    esp = disk.by_role(Role.ESP)
    assert esp is not None
    return FormatEsp(
        id=f"format:{disk.id}",
        phase=Phase.PARTITION,
        summary="",
        disk=disk.id,
        partition_guid=esp.guid,
        fat_id="ABCD-1234",
    )


def _repart(folder: Path, disks: tuple[LoopDisk, ...]) -> None:
    definitions = folder / "repart.d"
    definitions.mkdir(exist_ok=True)
    for name, text in _REPART.items():
        (definitions / f"{name}.conf").write_text(f"[Partition]\n{text}")
    options = ["--empty=force", "--dry-run=no", "--discard=no", "--seed=random", "--pretty=no"]
    command = ["systemd-repart", f"--definitions={definitions}", *options]
    with ThreadPoolExecutor(len(disks)) as pool:
        list(pool.map(lambda disk: run([*command, disk.path]), disks))


def _setup_storage(folder: Path, disks: tuple[LoopDisk, ...]) -> None:
    config = folder / "fai"
    same = "".join(f"\ndisk_config disk{n + 1} sameas:disk1\n" for n in range(1, len(disks)))
    config.write_text(_FAI + same)
    names = " ".join(disk.path.removeprefix("/dev/") for disk in disks)
    run(["setup-storage", "-X", "-f", config, "-D", names, "-L", folder / "fai.log"])


def _timed(work: Callable[[], None]) -> float:
    began = time.monotonic()
    work()
    return time.monotonic() - began


def _check(disks: tuple[LoopDisk, ...]) -> None:
    """Whoever was last made an ESP with FAT32 and two partitions without anything, on each disk."""
    for disk in disks:
        disk.tell_kernel()
    for fact in _look([disk.path for disk in disks]):
        kinds = sorted(str([s.kind for s in part.signatures]) for part in fact.partitions)
        assert kinds == ["['vfat']", "[]", "[]"], (fact.path, kinds)
