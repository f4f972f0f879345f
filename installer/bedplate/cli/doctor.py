"""`bedplate doctor`: would this host start from each of its boot disks alone?"""

from __future__ import annotations

import socket
import time
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from bedplate.apply.files import put_file
from bedplate.cli.boot_trials import require_qemu, try_boot_disks
from bedplate.cli.diagnosing import keep_diagnosis
from bedplate.cli.esp_sync import look
from bedplate.cli.options import AsJson
from bedplate.cli.root import require_root
from bedplate.errors import ExitCode, Problem, RefusedError
from bedplate.facts.disks import probe_disk_facts
from bedplate.facts.first_boot_outcome import probe_outcome
from bedplate.facts.known_disks import probe_known_disks
from bedplate.facts.lvm import probe_volume_groups
from bedplate.facts.platform import probe_firmware
from bedplate.facts.root_grub import probe_root_grub
from bedplate.facts.smart import probing_smart
from bedplate.facts.stores import probe_stores
from bedplate.facts.tools import unless_missing
from bedplate.facts.zfs import probe_imported_pools
from bedplate.model.diagnosis import Diagnosis
from bedplate.model.esp_sync import SyncPlan
from bedplate.model.facts import FirmwareKind
from bedplate.model.mailed import MAILED, Mailed, digest_of
from bedplate.plan.doctor import DoctorInput, diagnose
from bedplate.plan.esp_sync import plan_sync
from bedplate.plan.mailing import is_due
from bedplate.render.diagnosis_mail import render_diagnosis_mail
from bedplate.render.diagnosis_text import render_diagnosis
from bedplate.run import have, run

_SENDMAIL = "sendmail"
_MAILED = Path(MAILED)

Boot = Annotated[
    bool,
    typer.Option("--boot", help="Start each disk in a virtual machine too, on a throw-away copy."),
]
Mail = Annotated[
    str | None,
    typer.Option(
        metavar="ADDRESS",
        help="Send a mail if anything is to be mended: once a day, unless it changes.",
    ),
]


def doctor_command(as_json: AsJson = False, boot: Boot = False, mail: Mail = None) -> None:
    """Say of each boot disk whether it starts the host alone; exit code 4 if one does not."""
    require_root()
    if boot:
        require_qemu()
    found = examine(boot=boot)
    keep_diagnosis(found)
    typer.echo(found.model_dump_json(indent=2) if as_json else render_diagnosis(found), nl=as_json)
    if mail is not None and is_due(found, _mailed(), time.time()):
        _send(found, mail)
    if not found.is_well:
        raise typer.Exit(ExitCode.DIFFERS)


def _not_to_try() -> Problem:
    message = "starts disks as far as the kernels on their ESPs; GRUB reads the root here instead"
    return Problem("no-trial", "--boot", message, "leave it out")


def _send(found: Diagnosis, to: str) -> None:
    """Hand a mail to the host's mail system. Without one, what was printed has to do."""
    if not have(_SENDMAIL):
        typer.echo(f"No mail to {to}: this host cannot send any ({_SENDMAIL}).", err=True)
        return
    run([_SENDMAIL, "-t", "-oi"], stdin=render_diagnosis_mail(found, socket.gethostname(), to))
    if found.is_well:
        _MAILED.unlink(missing_ok=True)
    else:
        last = Mailed(digest=digest_of(found), at=time.time())
        put_file(_MAILED, last.model_dump_json().encode(), 0o600)


def _mailed() -> Mailed | None:
    """The last mail; one that cannot be read is as good as none."""
    try:
        return Mailed.model_validate_json(_MAILED.read_text())
    except (OSError, ValidationError):
        return None


def examine(*, boot: bool) -> Diagnosis:
    """What there is to say of this host; with `boot` its disks are started too.

    Raises `RefusedError` where what starts the host is nothing that could be looked at.
    """
    disks = probe_disk_facts(run)
    # Disks take their time to answer, and so do ESPs. smartctl mounts nothing: that it does not
    # see what is mounted from here on does not matter.
    with probing_smart(run, disks, wake=False) as smart:
        given = look(disks=disks)
        is_bios = probe_firmware().kind is FirmwareKind.BIOS
        grub = probe_root_grub(run, disks) if is_bios else None
        if boot and grub is not None:
            raise RefusedError(_not_to_try())
        pools = unless_missing(probe_imported_pools, run)
        volume_groups = unless_missing(probe_volume_groups, run)
        stores = probe_stores(run)
    return diagnose(
        DoctorInput(
            pools=pools,
            volume_groups=volume_groups,
            esps=given.facts,
            stores=stores,
            disks=disks,
            known=probe_known_disks(),
            smart=smart.result(),
            grub=grub,
            first_boot=probe_outcome(),
            sync=plan_sync(given) if grub is None else SyncPlan(),
            trials=try_boot_disks(given.facts) if boot else (),
        )
    )
