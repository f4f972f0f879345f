"""`bedplate doctor`: would this host start from each of its boot disks alone?"""

from __future__ import annotations

from pathlib import Path

import typer

from bedplate.apply.kernel_calls import keep_mounts_private
from bedplate.cli.esp_sync import look
from bedplate.cli.options import AsJson
from bedplate.cli.root import require_root
from bedplate.errors import ExitCode
from bedplate.facts import probe_facts
from bedplate.facts.bios_boot import probe_bios_boots, probe_boot_image
from bedplate.model.bios_boot import BiosBootFact
from bedplate.model.diagnosis import Diagnosis
from bedplate.model.esp import EspFacts
from bedplate.model.facts import Facts
from bedplate.plan.doctor import DoctorInput, core_image_bytes, diagnose
from bedplate.plan.esp_sync import plan_sync
from bedplate.render.diagnosis_text import render_diagnosis
from bedplate.run import run


def doctor_command(as_json: AsJson = False) -> None:
    """Say of each boot disk whether it starts the host alone; exit code 4 if one does not."""
    require_root()
    keep_mounts_private(run)
    found = _examine()
    typer.echo(found.model_dump_json(indent=2) if as_json else render_diagnosis(found), nl=as_json)
    if not found.is_well:
        raise typer.Exit(ExitCode.DIFFERS)


def _examine() -> Diagnosis:
    given = look()
    sync = plan_sync(given)
    facts = probe_facts(run)
    return diagnose(
        DoctorInput(
            facts=facts,
            esps=given.facts,
            sync=sync,
            bios=_bios(facts, given.facts),
            boot_image=probe_boot_image(),
            nvram=None if given.entries is None else sync.nvram,
        )
    )


def _bios(facts: Facts, esps: EspFacts) -> dict[str, BiosBootFact]:
    """What a BIOS would find on the disk of each ESP, by the disk's id."""
    sizes = {esp.disk: core_image_bytes(esp) for esp in esps.esps}
    paths = {disk.id: Path(disk.path) for disk in facts.disks if disk.id in sizes}
    found = probe_bios_boots({path: sizes[disk_id] for disk_id, path in paths.items()})
    return {disk_id: found[path] for disk_id, path in paths.items()}
