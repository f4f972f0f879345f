"""Carries out the disk half of an lvm-thin install, in one of several ways, and reports.

Usage: lvm_storage.py whole|broken|resume|stopped. What it finds afterwards goes to $BEDPLATE_OUT
as JSON: the differences from the plan, and what a run may not leave behind.
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
from bedplate.model.request import DhcpNetwork, DiskSelection, Request, RootPassword
from bedplate.model.secret import Secret
from bedplate.model.step import Phase
from bedplate.plan.differences import differences
from bedplate.plan.ids import Ids
from bedplate.plan.install import plan_install
from bedplate.run import run
from tests.captures import FOLDER as CAPTURES

OUT = Path(os.environ["BEDPLATE_OUT"])
DISK = Path(os.environ["BEDPLATE_DISKS"].split()[0]).name
IN_THIS_TIER = {Phase.CLEAR, Phase.PARTITION, Phase.STORAGE, Phase.FINISH}


def make_plan() -> Plan:
    request = Request(
        layout="lvm-thin",
        hostname="node1",
        domain="example.com",
        country="at",
        keyboard="en-us",
        timezone="Europe/Vienna",
        mailto="admin@example.com",
        root_password=RootPassword(text=Secret("correct horse"), hashed=False),
        disks=DiskSelection(names=(DISK,)),
        network=DhcpNetwork(),
    )
    # This machine has no network card; one of a recorded machine stands in.
    recorded = load_facts(CAPTURES / "machines" / "demo.json")
    facts = probe_facts(run).model_copy(update={"nics": recorded.nics, "missing_tools": ()})
    manifest = load_manifest(CAPTURES / "images")
    plan = plan_install(request, load_layout("lvm-thin"), facts, manifest, Ids(b"seed"))
    steps = tuple(step for step in plan.steps if step.phase in IN_THIS_TIER)
    return plan.model_copy(update={"steps": steps})


def break_at_swap(event: Event) -> None:
    if event.what is What.STEP_STARTED and event.step.startswith("format-volume:pve/swap"):
        raise CommandError(Problem("broken", event.step, "broken on purpose"))


def stop_at_pool(event: Event) -> None:
    if event.what is What.STEP_STARTED and event.step == "create-volume:pve/data":
        os.kill(os.getpid(), signal.SIGTERM)


SINKS: dict[str, tuple[Sink, ...]] = {
    "whole": (),
    "broken": (break_at_swap,),
    "resume": (break_at_swap,),
    "stopped": (stop_at_pool,),
}


def look_again(only: Collection[str]) -> tuple[DiskFact, ...]:
    return probe_disk_facts(run, only)


def report(plan: Plan, error: BedplateError | None) -> None:
    assert isinstance(plan.storage, LvmStorage)
    facts = probe_facts(run)
    found = {
        "error": str(error) if error else None,
        "differences": [str(problem) for problem in differences(plan, facts)],
        "active": [v.name for g in facts.volume_groups for v in g.volumes if v.active],
        "mounted": Path("/proc/mounts").read_text().count("/run/bedplate"),
        "planned": {v.name: v.size_bytes for v in plan.storage.volumes},
        "volumes": {v.name: v.size_bytes for g in facts.volume_groups for v in g.volumes},
    }
    (OUT / "report.json").write_text(json.dumps(found))


def main(way: str) -> None:
    # As in the live system, whose LVM activates nothing by itself.
    run(["vgchange", "--activate", "n"])
    journal = Journal(Path("/var/lib/bedplate-test"))
    apply = Apply(run, look_again, journal, SINKS[way], Artefacts(Path("/nowhere")))
    plan, error = make_plan(), None
    try:
        apply.start(plan, None)
    except BedplateError as caught:
        error = caught
    if way == "resume":
        error = None
        Apply(run, look_again, journal, (), Artefacts(Path("/nowhere"))).resume(None)
    report(plan, error)


main(sys.argv[1])
