"""Storage on md or btrfs whose disks change: one act of it for each start.

Usage: disk_change.py LAYOUT ACT [SEED] [POINT]. The act `install` makes the storage on the disks,
and writes files to it, `install-grub` puts GRUB for BIOS on them too, which reads the storage; that
of the first disk is another than that of /boot/grub in the end. `replace` has one of two disks and
another one. `cut` is the same, begun or gone on with, and the power fails at the point of that
number; where there is none, it comes to its end. `kill` has the process killed at every point, and
`stop` asks it to end there. `attach` has the disks and another one, `detach` does without the last,
`expand` has disks that have grown. With $BEDPLATE_CUT_AT power is lost as soon as a step whose name
begins like that is done, or says how far it is; `resume` goes on. `check` has only the other disk.
What there is in the end goes to $BEDPLATE_OUT/report.json. $BEDPLATE_BEFORE is where the act before
kept its state, if there was one. SEED makes the ids of an installation.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from collections.abc import Callable, Collection
from pathlib import Path

from bedplate.apply.artefacts import Artefacts
from bedplate.apply.disk_change import DiskRun
from bedplate.apply.engine import Apply
from bedplate.apply.journal import Journal
from bedplate.config.layouts import load_layout
from bedplate.config.manifest import load_manifest
from bedplate.errors import InterruptedRunError
from bedplate.events import Event, What
from bedplate.facts import probe_disk_facts, probe_facts
from bedplate.facts.bios_boot import probe_boot_image
from bedplate.facts.lvm import probe_volume_groups
from bedplate.facts.root_grub import probe_root_grub
from bedplate.facts.saved import load_facts
from bedplate.facts.stores import probe_stores
from bedplate.model.diagnosis import Diagnosis
from bedplate.model.disk_change import DiskChange
from bedplate.model.esp import EspFacts
from bedplate.model.esp_sync import SyncPlan
from bedplate.model.facts import DiskFact
from bedplate.model.known_disk import KnownDisk
from bedplate.model.plan import Plan
from bedplate.model.request import (
    DhcpNetwork,
    DiskSelection,
    LvmOptions,
    Request,
    RootPassword,
    Secrets,
)
from bedplate.model.secret import Secret
from bedplate.model.step import Phase
from bedplate.plan.attach import AttachInput, plan_attachment
from bedplate.plan.detach import DetachInput, plan_detachment
from bedplate.plan.doctor import DoctorInput, diagnose
from bedplate.plan.expand import plan_expansion
from bedplate.plan.ids import Ids
from bedplate.plan.install import plan_install
from bedplate.plan.replace import ReplaceInput, plan_replacement
from bedplate.render import boot_argv
from bedplate.render.disk_change_text import render_disk_change
from bedplate.run import run
from bedplate.units import GIB, MIB
from tests.captures import FOLDER as CAPTURES
from tests.support.points import BrokenOff, Point, points_of

OUT = Path(os.environ["BEDPLATE_OUT"])
DISKS = tuple(os.environ["BEDPLATE_DISKS"].split())
STATE = OUT / "state"
AT = Path("/srv/data")
STORAGE = {Phase.CLEAR, Phase.PARTITION, Phase.STORAGE}
MARK = "written before the disk was lost\n"
MORE = "written while it was away\n"
MUCH_BYTES = 200 * MIB
# Slow enough for the copying to last a while.
MD_KIB_PER_SECOND = 60_000


def install(layout: str, seed: str) -> None:
    """The storage of an installation, its steps for anything else left out."""
    request = Request(
        layout=layout,
        hostname="node1",
        domain="example.com",
        country="at",
        keyboard="en-us",
        timezone="Europe/Vienna",
        mailto="admin@example.com",
        root_password=RootPassword(text=Secret("correct horse"), hashed=False),
        disks=DiskSelection(names=tuple(Path(disk).name for disk in DISKS)),
        network=DhcpNetwork(),
        accept_small_disk=True,
        # For what `fill_group` makes.
        lvm=LvmOptions(maxroot_bytes=GIB) if layout == "lvm-thin" else LvmOptions(),
    )
    recorded = load_facts(CAPTURES / "machines" / "demo.json")
    facts = probe_facts(run).model_copy(update={"nics": recorded.nics, "missing_tools": ()})
    manifest = load_manifest(CAPTURES / "images")
    plan = plan_install(request, load_layout(layout), facts, manifest, Ids(seed.encode()))
    steps = tuple(
        step for step in plan.steps if step.phase in STORAGE and step.kind != "install-bios-grub"
    )
    journal = Journal(Plan, Path("/var/lib/bedplate-test"))
    engine = Apply(run, look_again, journal, (), Artefacts(Path("/nowhere")))
    engine.start(plan.model_copy(update={"steps": steps}), Secrets())


def look_again(only: Collection[str]) -> tuple[DiskFact, ...]:
    return probe_disk_facts(run, only)


def open_storage(layout: str) -> None:
    """Mount what is there of it, as the host does when a disk is gone."""
    AT.mkdir(parents=True)
    if (conf := STATE / "etc/mdadm/mdadm.conf").exists():
        shutil.copy(conf, "/etc/mdadm/mdadm.conf")
    for disk in DISKS:
        run(["partx", "--add", disk], check=False)
    run(["udevadm", "settle"])
    if layout.startswith("btrfs"):
        run(["mount", "-o", "degraded", f"{DISKS[0]}-part3", AT])
        return
    for array in Path("/sys/class/block").glob("md*"):
        (array / "md/array_state").write_text("active")
    if not list(Path("/sys/class/block").glob("md*/md/degraded")):
        parts = [f"{disk}-part3" for disk in DISKS]
        members = [
            part for part in parts if not run(["mdadm", "--examine", part], check=False).code
        ]
        if members:
            run(["mdadm", "--assemble", "--run", "/dev/md/mirror", *members])
    run(["vgchange", "--activate", "y", "pve"])
    run(["mount", "/dev/pve/root", AT])


def no_power() -> None:
    Path("/proc/sysrq-trigger").write_text("b")


def fill_group() -> None:
    """A thin pool with a guest's disk on it, and all but one extent of what is left in use."""
    pool = ["--type", "thin-pool", "--size", "600m", "--poolmetadatasize", "8m", "--name", "data"]
    run(["lvcreate", "--yes", *pool, "pve"])
    run(["lvcreate", "--yes", "--thin", "--virtualsize", "300m", "--name", "guest", "pve/data"])
    run(["mkfs.ext4", "-q", "/dev/pve/guest"])
    run(["lvcreate", "--yes", "--extents", "100%FREE", "--name", "rest", "pve"])
    run(["lvreduce", "--yes", "--force", "--extents", "-1", "pve/rest"])


def groups() -> dict[str, list[str]]:
    """The PVs of each volume group, and the volumes that are in order."""
    found = {group.name: list(group.pvs) for group in probe_volume_groups(run)}
    if Path("/dev/pve/guest").exists():
        found["fsck"] = [str(run(["fsck.ext4", "-f", "-n", "/dev/pve/guest"]).code)]
    return found


def cut_if_due(event: Event) -> None:
    name = os.environ.get("BEDPLATE_CUT_AT")
    if name and event.what in (What.STEP_DONE, What.STEP_PROGRESS) and event.step.startswith(name):
        os.sync()
        no_power()


def disk_run(point: Point | None = None, end: Callable[[], None] = no_power) -> DiskRun:
    return DiskRun(
        run=run,
        look_again=look_again,
        look_at_stores=lambda: probe_stores(run),
        sync_esps=lambda _clock: (),
        journal=BrokenOff(DiskChange, STATE / "journal", point, end),
        sinks=(cut_if_due,),
        tables=STATE / "tables",
        # What is written is kept beside the storage, unless GRUB reads it there.
        root=AT if (AT / "boot/grub").is_dir() else STATE,
        lacks_grub=lambda disk: bool(grub_faults_by_disk()[disk]),
    )


def put_grub() -> None:
    """A host whose GRUB reads the root, and was not installed anew on every disk."""
    for disk, more in zip(DISKS, (["--modules=ntfs"], []), strict=True):
        run([*boot_argv.install_grub(Path(disk).resolve(), AT / "boot"), *more])
    (AT / "boot/grub/grub.cfg").touch()


def grub_faults_by_disk() -> dict[str, list[str]]:
    """What the doctor has against each boot disk, as far as GRUB goes."""
    disks = probe_disk_facts(run)
    found = diagnose(
        DoctorInput(
            pools=(),
            volume_groups=(),
            esps=EspFacts(),
            sync=SyncPlan(),
            stores=probe_stores(run),
            disks=disks,
            grub=probe_root_grub(run, disks, AT),
        )
    )
    return {one.disk: [p.message for v in one.verdicts for p in v.faults] for one in found.disks}


def go_on(point: Point | None = None, end: Callable[[], None] = no_power) -> DiskChange:
    """A replacement that was begun by an earlier act, up to a point or to its end."""
    return disk_run(point, end).resume()


def cut_at(number: int) -> DiskChange:
    """Begun, or gone on with; the power fails at the point of that number, if there is one."""
    slow_down()
    if not number:
        plan = planned("replace")
        disk_run(points_of(plan)[0]).start(plan)
    points = points_of(disk_run().journal.plan())
    return go_on(points[number] if number < len(points) else None)


def broken_off(by: signal.Signals) -> list[str]:
    """A replacement whose process gets a signal at every point; how each of them ended."""
    slow_down()
    plan = planned("replace")
    disk_run().journal.folder.mkdir(parents=True)
    disk_run().journal.begin(plan)
    ended = []
    for point in points_of(plan):
        if not (child := os.fork()):
            code = 0
            try:
                go_on(point, lambda: os.kill(os.getpid(), by))
            except InterruptedRunError as error:
                code = error.exit_code
            os._exit(code)
        _, status = os.waitpid(child, 0)
        ended.append(f"{point}: {os.waitstatus_to_exitcode(status)}")
    return ended


def slow_down() -> None:
    for limit in Path("/sys/class/block").glob("md*/md/sync_speed_max"):
        limit.write_text(str(MD_KIB_PER_SECOND))


def planned(act: str) -> DiskChange:
    names = [Path(disk).name for disk in DISKS]
    facts, stores = probe_facts(run), probe_stores(run)
    match act:
        case "attach":
            given = AttachInput(facts=facts, stores=stores, esps=EspFacts(), new=names[-1])
            plan = plan_attachment(given, Ids(b"seed"))
            # The machine that the tests run on has an initramfs of its own.
            steps = tuple(step for step in plan.steps if step.kind != "rebuild-initramfs")
            return plan.model_copy(update={"steps": steps})
        case "detach":
            return plan_detachment(
                DetachInput(
                    facts=facts,
                    stores=stores,
                    esps=EspFacts(),
                    health=Diagnosis(),
                    name=names[-1],
                )
            )
        case "expand":
            return plan_expansion(facts, stores)
    replacing = ReplaceInput(
        facts=facts,
        stores=stores,
        esps=EspFacts(boot_image=probe_boot_image()),
        grub=probe_root_grub(run, facts.disks, AT),
        known=(KnownDisk(id=names[0], title="A"), KnownDisk(id="gone", title="GONE, serial 7")),
        # What is not blank has to be named.
        old="gone",
        new=names[1],
    )
    return plan_replacement(replacing, Ids(b"seed"))


def report(plan: DiskChange | None, ended: Collection[str] = ()) -> None:
    stores = probe_stores(run)
    found = {
        "ended": list(ended),
        "text": render_disk_change(plan) if plan is not None else "",
        "states": [member.state for store in stores for _, member in store.members],
        "store": stores[0].name,
        "size": room(),
        "groups": groups(),
        "profiles": [group.type for store in stores for group in store.groups],
        "files": {path.name: path.read_text() for path in AT.glob("*.txt")},
        "grub": grub_faults_by_disk(),
        "tables": sorted(path.name for path in (STATE / "tables").glob("*")),
    }
    (OUT / "report.json").write_text(json.dumps(found))


def await_arrays() -> None:
    """A new mirror is whole only once the host has run for a while."""
    for store in probe_stores(run):
        if store.kind == "md":
            run(["mdadm", "--wait", store.at], check=False)


def room() -> int:
    """The size of the volume group, or of the btrfs, in bytes."""
    if found := probe_volume_groups(run):
        return found[0].size_bytes
    space = os.statvfs(AT)
    return space.f_blocks * space.f_frsize


def main(layout: str, act: str, seed: str = "host", point: str = "0") -> None:
    plan, ended = None, []
    if before := os.environ.get("BEDPLATE_BEFORE"):
        shutil.copytree(before, STATE)
    if act.startswith("install"):
        install(layout, seed)
    open_storage(layout)
    match act:
        case "install":
            (AT / "mark.txt").write_text(MARK)
            if layout == "lvm-thin":
                fill_group()
        case "install-grub":
            (AT / "mark.txt").write_text(MARK)
            put_grub()
        case "resume":
            plan = go_on()
        case "cut" if int(point):
            plan = cut_at(int(point))
        case "cut" | "kill" | "stop" | "replace" | "attach" | "detach" | "expand":
            (AT / "more.txt").write_text(MORE)
            (AT / "much").write_bytes(os.urandom(MUCH_BYTES))
            os.sync()
            if act in ("attach", "detach", "expand"):
                await_arrays()
            if act == "cut":
                cut_at(0)
            elif act in ("kill", "stop"):
                ended = broken_off(signal.SIGKILL if act == "kill" else signal.SIGTERM)
                plan = go_on()
            else:
                plan = planned(act)
                disk_run().start(plan)
    report(plan, ended)
    run(["umount", AT])


main(*sys.argv[1:])
