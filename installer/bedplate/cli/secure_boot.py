"""`bedplate secure-boot`: may this machine's kernels load the modules that they need?"""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict

import typer

from bedplate.apply.enrolment import stage_enrolment
from bedplate.cli.host_changing import end_with_problems
from bedplate.cli.options import AsJson
from bedplate.cli.root import require_root
from bedplate.cli.tables import show, table
from bedplate.errors import ApplyError
from bedplate.facts.kernels import probe_boot_kernels, probe_root_modules, probe_running_kernel
from bedplate.facts.platform import probe_cmdline, probe_firmware
from bedplate.facts.secure_boot import probe_certificates, probe_keys, probe_module_trust
from bedplate.facts.tools import MissingTool
from bedplate.model.facts import Firmware, FirmwareKind
from bedplate.model.secret import Secret
from bedplate.model.secure_boot import ZFS, Certificate, ModuleTrust
from bedplate.plan.enrolment import not_staged, plan_enrolment, refused_modules, unknown_signers
from bedplate.plan.kernel_packages import newest_first
from bedplate.render.secure_boot_text import module_rows, render_staged, render_state
from bedplate.run import run

_PASSWORD_DIGITS = 8
_LIVE = "boot=live"

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)


@app.command("status")
def status_command(as_json: AsJson = False) -> None:
    """Say which kernels could load ZFS; exit code 4 if one could not, and it is needed."""
    require_root()
    firmware = probe_firmware()
    trust, _ = _probe(firmware)
    problems = refused_modules(trust, _needed()) if firmware.checks_modules else ()
    if as_json:
        found = {
            "firmware": firmware.model_dump(),
            "module_trust": trust.model_dump(),
            "problems": list(map(asdict, problems)),
        }
        typer.echo(json.dumps(found, indent=2))
    else:
        typer.echo(render_state(firmware))
        show(table("Modules", "kernel name signed state", module_rows(trust)))
    end_with_problems(problems, shown=as_json)


@app.command("enrol")
def enrol_command(as_json: AsJson = False) -> None:
    """Have the keys of this host's own modules enrolled at the next boot, by who is there then."""
    require_root()
    firmware = probe_firmware()
    trust, certificates = _probe(firmware)
    chosen = plan_enrolment(firmware, trust, certificates)
    problems = unknown_signers(trust, certificates)
    # Digits are where they are on nearly every keyboard, whichever the firmware takes it for.
    password = Secret(f"{secrets.randbelow(10**_PASSWORD_DIGITS):0{_PASSWORD_DIGITS}}")
    if chosen:
        stage_enrolment(run, chosen, password)
        if lost := not_staged(chosen, probe_keys(run)):
            raise ApplyError(lost)
    shown = password.reveal() if chosen else None
    if as_json:
        found = {
            "staged": [one.model_dump() for one in chosen],
            "password": shown,
            "problems": list(map(asdict, problems)),
        }
        typer.echo(json.dumps(found, indent=2))
    else:
        typer.echo(render_staged(trust, certificates, chosen, shown))
    end_with_problems(problems, shown=as_json)


def _needed() -> frozenset[str]:
    """What the root needs; the installer needs what it is to install."""
    return frozenset({ZFS}) if _LIVE in probe_cmdline() else probe_root_modules()


def _probe(firmware: Firmware) -> tuple[ModuleTrust, tuple[Certificate, ...]]:
    """Keys and modules of this machine, and the certificates that it has."""
    if firmware.kind is not FirmwareKind.UEFI:
        return ModuleTrust(), ()
    running = probe_running_kernel()
    versions = {kernel.version for kernel in probe_boot_kernels(running=running)}
    kernels = newest_first(versions | ({running} if running else set()))
    try:
        trust = probe_module_trust(run, kernels, [ZFS], always_keys=True)
        return trust, tuple(probe_certificates(run))
    except MissingTool as missing:
        raise missing.as_error("is not installed", f"install `{missing.tool}`") from missing
