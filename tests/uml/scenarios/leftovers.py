"""Puts leftovers of one kind after another on disks, and clears and partitions over each.

Usage: leftovers.py ROWS.json, a row being an answer's choices and a shell script that makes the
leftovers on $A, $B and $C. What came of each row goes to $BEDPLATE_OUT/leftovers.json, and what the
machine looked like before to $BEDPLATE_OUT/ROW.json. The rules of udev that start arrays, volume
groups and caches by themselves are in force, other than in the live system.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Collection
from pathlib import Path
from typing import Any

from bedplate.apply.artefacts import Artefacts
from bedplate.apply.engine import Apply
from bedplate.apply.journal import Journal
from bedplate.config.layouts import load_layout
from bedplate.config.manifest import load_manifest
from bedplate.errors import BedplateError, CommandError
from bedplate.facts import probe_disk_facts, probe_facts
from bedplate.facts.saved import load_facts
from bedplate.model.facts import DiskFact
from bedplate.model.plan import Plan
from bedplate.model.request import DhcpNetwork, DiskSelection, Request, RootPassword, Secrets
from bedplate.model.secret import Secret
from bedplate.model.step import ClearDisk, PartitionDisk, Phase
from bedplate.plan.ids import Ids
from bedplate.plan.install import plan_install
from bedplate.run import run
from tests.captures import FOLDER as CAPTURES

OUT = Path(os.environ["BEDPLATE_OUT"])
TAIL_CHARACTERS = 500
DISKS = dict(zip("ABC", os.environ["BEDPLATE_DISKS"].split(), strict=True))


def shell(script: str) -> None:
    run(["sh", "-ec", script], env={**os.environ, **DISKS})
    run(["udevadm", "settle"])


def make_plan(name: str, row: dict[str, Any]) -> Plan:
    """The plan for what is there now, as far as this tier carries it out."""
    layout = load_layout(row["layout"])
    request = Request(
        layout=layout.name,
        hostname="node1",
        domain="example.com",
        country="at",
        keyboard="en-us",
        timezone="Europe/Vienna",
        mailto="admin@example.com",
        root_password=RootPassword(text=Secret("correct horse"), hashed=False),
        disks=DiskSelection(names=tuple(Path(DISKS[disk]).name for disk in row["disks"])),
        network=DhcpNetwork(),
        accept_small_disk=True,
        unmount=row["unmount"],
        rename=row["rename"],
    )
    facts = probe_facts(run)
    (OUT / f"{name}.json").write_text(facts.model_dump_json(indent=2, exclude_defaults=True))
    # This machine has no network card; one of a recorded machine stands in.
    recorded = load_facts(CAPTURES / "machines" / "demo.json")
    facts = facts.model_copy(update={"nics": recorded.nics, "missing_tools": ()})
    manifest = load_manifest(CAPTURES / "images")
    plan = plan_install(request, layout, facts, manifest, Ids(b"seed"))
    steps = tuple(
        step
        for step in plan.steps
        if step.phase is Phase.RELEASE or isinstance(step, ClearDisk | PartitionDisk)
    )
    return plan.model_copy(update={"steps": steps})


def look_again(only: Collection[str]) -> tuple[DiskFact, ...]:
    return probe_disk_facts(run, only)


def install_over(name: str, row: dict[str, Any]) -> dict[str, object]:
    """What let go of the disks, and what is on them afterwards beside the planned partitions."""
    report: dict[str, object] = {"released": [], "left": [], "layers": [], "error": None}
    try:
        plan = make_plan(name, row)
        report["released"] = [
            # A new name has an id in it that no test can know.
            re.sub(r"(?<=-OLD-)\w+", "ID", step.summary)
            for step in plan.steps
            if step.phase is Phase.RELEASE
        ]
        journal = Journal(Plan, Path("/var/lib/bedplate-test") / name)
        Apply(run, look_again, journal, (), Artefacts(Path("/nowhere"))).start(plan, Secrets())
    except BedplateError as error:
        return {**report, "error": error.problems[0].code}
    run(["udevadm", "settle"])
    found = look_again([disk.id for disk in plan.disks])
    planned = [(part.guid, part.first_sector) for disk in plan.disks for part in disk.partitions]
    parts = [part for disk in found for part in disk.partitions]
    assert [(part.guid, part.first_sector) for part in parts] == planned
    return {
        **report,
        "left": [signature.kind for part in parts for signature in part.signatures],
        "layers": [layer.path for disk in found for layer in disk.layers],
    }


def main(rows: dict[str, dict[str, Any]]) -> None:
    endings: dict[str, dict[str, object]] = {}
    for name, row in rows.items():
        try:
            shell(row["make"])
            endings[name] = install_over(name, row)
            shell(row["after"])
        except CommandError as error:
            endings[name] = {"not made": str(error)[-TAIL_CHARACTERS:]}
    (OUT / "leftovers.json").write_text(json.dumps(endings))


main(json.loads(Path(sys.argv[1]).read_text()))
