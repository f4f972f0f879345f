"""Carries out the disk half of an install on LVM, in one of several ways, and reports.

Usage: lvm_storage.py LAYOUT whole|broken|resume|stopped|unmarked|killed. All disks are used. What
it finds afterwards goes to $BEDPLATE_OUT as JSON: the plan, the differences from it, and what a run
may not leave behind.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Collection
from pathlib import Path

from bedplate.apply.artefacts import Artefacts
from bedplate.apply.engine import Apply
from bedplate.apply.journal import Journal
from bedplate.config.layouts import load_layout
from bedplate.config.manifest import load_manifest
from bedplate.errors import BedplateError, CommandError, Problem
from bedplate.events import Event, Sink, What
from bedplate.facts import probe_disk_facts, probe_facts
from bedplate.facts.saved import load_facts
from bedplate.model.facts import DiskFact
from bedplate.model.plan import LvmStorage, Plan
from bedplate.model.request import DhcpNetwork, DiskSelection, Request, RootPassword, Secrets
from bedplate.model.secret import Secret
from bedplate.model.step import Phase
from bedplate.plan.differences import differences
from bedplate.plan.ids import Ids
from bedplate.plan.install import plan_install
from bedplate.run import run
from tests.captures import FOLDER as CAPTURES

OUT = Path(os.environ["BEDPLATE_OUT"])
DISKS = tuple(Path(disk).name for disk in os.environ["BEDPLATE_DISKS"].split())
IN_THIS_TIER = {Phase.CLEAR, Phase.PARTITION, Phase.STORAGE, Phase.FINISH}


def make_plan(layout: str) -> Plan:
    request = Request(
        layout=layout,
        hostname="node1",
        domain="example.com",
        country="at",
        keyboard="en-us",
        timezone="Europe/Vienna",
        mailto="admin@example.com",
        root_password=RootPassword(text=Secret("correct horse"), hashed=False),
        disks=DiskSelection(names=DISKS),
        network=DhcpNetwork(),
    )
    # This machine has no network card; one of a recorded machine stands in.
    recorded = load_facts(CAPTURES / "machines" / "demo.json")
    facts = probe_facts(run).model_copy(update={"nics": recorded.nics, "missing_tools": ()})
    manifest = load_manifest(CAPTURES / "images")
    plan = plan_install(request, load_layout(layout), facts, manifest, Ids(b"seed"))
    steps = tuple(
        step
        for step in plan.steps
        # GRUB is installed as soon as there is an ESP, but is no part of the storage.
        if step.phase in IN_THIS_TIER and step.kind != "install-bios-grub"
    )
    return plan.model_copy(update={"steps": steps})


def break_at_swap(event: Event) -> None:
    if event.what is What.STEP_STARTED and event.step.startswith("format-volume:pve/swap"):
        raise CommandError(Problem("broken", event.step, "broken on purpose"))


def break_at_mark(event: Event) -> None:
    if event.what is What.STEP_STARTED and event.step.startswith("mark-installed"):
        raise CommandError(Problem("broken", event.step, "broken on purpose"))


def stop_at_pool(event: Event) -> None:
    if event.what is What.STEP_STARTED and event.step == "create-volume:pve/data":
        os.kill(os.getpid(), signal.SIGTERM)


def kill_at_swap(event: Event) -> None:
    if event.what is What.STEP_STARTED and event.step.startswith("format-volume:pve/swap"):
        os.kill(os.getpid(), signal.SIGKILL)


SINKS: dict[str, tuple[Sink, ...]] = {
    "whole": (),
    "broken": (break_at_swap,),
    "resume": (break_at_swap,),
    "stopped": (stop_at_pool,),
    "unmarked": (break_at_mark,),
    "killed": (kill_at_swap,),
}


def look_again(only: Collection[str]) -> tuple[DiskFact, ...]:
    return probe_disk_facts(run, only)


def what_runs() -> dict[str, object]:
    """What a run may not leave behind."""
    return {
        "active": [v.name for g in probe_facts(run).volume_groups for v in g.volumes if v.active],
        "arrays": sorted(path.parent.name for path in Path("/sys/class/block").glob("md*/md")),
        "mounted": Path("/proc/mounts").read_text().count("/run/bedplate"),
    }


def report(plan: Plan, error: BedplateError | None, broken_off: dict[str, object]) -> None:
    """What there is, at first as the run left it, then with what it made started."""
    assert isinstance(plan.storage, LvmStorage)
    left = what_runs()
    found = differences(plan, probe_facts(run))
    if plan.storage.array is not None:
        run(["mdadm", "--assemble", "--scan"])
        run(["udevadm", "settle"])  # it activates the volume group
    facts = probe_facts(run)
    found += differences(plan, facts)
    report = {
        "error": str(error) if error else None,
        "broken_off": broken_off,
        "left": left,
        "differences": [str(problem) for problem in found],
        "planned": {v.name: v.size_bytes for v in plan.storage.volumes},
        "volumes": {v.name: v.size_bytes for g in facts.volume_groups for v in g.volumes},
    }
    (OUT / "report.json").write_text(json.dumps(report))
    (OUT / "plan.json").write_text(plan.model_dump_json(indent=2))


def engine(*sinks: Sink) -> Apply:
    journal = Journal(Plan, Path("/var/lib/bedplate-test"))
    return Apply(run, look_again, journal, sinks, Artefacts(Path("/nowhere")))


def carry_out(plan: Plan, way: str) -> None:
    if way != "killed":
        engine(*SINKS[way]).start(plan, Secrets())
        return
    child = os.fork()
    if child == 0:
        engine(*SINKS[way]).start(plan, Secrets())
    os.waitpid(child, 0)


def main(layout: str, way: str) -> None:
    # As in the live system, where nothing on the disks is started without being asked for.
    run(["vgchange", "--activate", "n"])
    run(["mdadm", "--stop", "--scan"])
    plan, error = make_plan(layout), None
    try:
        carry_out(plan, way)
    except BedplateError as caught:
        error = caught
    broken_off = what_runs()
    if way in ("resume", "killed"):
        error = None
        engine().resume(Secrets())
    report(plan, error, broken_off)


main(*sys.argv[1:])
