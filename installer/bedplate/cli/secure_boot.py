"""`bedplate secure-boot`: may this machine's kernels load the modules that they need?"""

from __future__ import annotations

import json
import secrets

import typer

from bedplate.apply.enrolment import stage_enrolment
from bedplate.cli.host_changing import end_with_problems
from bedplate.cli.options import AsJson
from bedplate.cli.root import require_root
from bedplate.cli.tables import show, table
from bedplate.errors import FactsError, Problem
from bedplate.facts.kernels import probe_boot_kernels, probe_root_modules, probe_running_kernel
from bedplate.facts.platform import probe_firmware
from bedplate.facts.secure_boot import probe_module_trust
from bedplate.facts.tools import MissingTool
from bedplate.model.facts import Firmware, FirmwareKind
from bedplate.model.secret import Secret
from bedplate.model.secure_boot import ModuleTrust
from bedplate.plan.enrolment import plan_enrolment, refused_modules, unknown_signers
from bedplate.plan.kernel_packages import newest_first
from bedplate.render.secure_boot_text import module_rows, render_staged, render_state
from bedplate.run import run

_PASSWORD_DIGITS = 8
_MODULES = ("zfs",)

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)


@app.command("status")
def status_command(as_json: AsJson = False) -> None:
    """Show whether Secure Boot is on, and which kernels could load ZFS; exit code 4 if not all."""
    require_root()
    firmware = probe_firmware()
    trust = _probe(firmware)
    if as_json:
        found = {"firmware": firmware.model_dump(), "module_trust": trust.model_dump()}
        typer.echo(json.dumps(found, indent=2))
    else:
        typer.echo(render_state(firmware))
        show(table("Modules", "kernel name signed state", module_rows(trust)))
    needed = probe_root_modules() if firmware.secure_boot else ()
    end_with_problems(refused_modules(trust, needed), shown=as_json)


@app.command("enrol")
def enrol_command(as_json: AsJson = False) -> None:
    """Have the keys of this host's own modules enrolled at the next boot, by who is there then."""
    require_root()
    firmware = probe_firmware()
    trust = _probe(firmware)
    chosen = plan_enrolment(firmware, trust)
    # Digits are where they are on nearly every keyboard, whichever the firmware takes it for.
    password = Secret(f"{secrets.randbelow(10**_PASSWORD_DIGITS):0{_PASSWORD_DIGITS}}")
    if chosen:
        stage_enrolment(run, chosen, password)
    shown = password.reveal() if chosen else None
    if as_json:
        staged = [one.model_dump() for one in chosen]
        typer.echo(json.dumps({"staged": staged, "password": shown}, indent=2))
    else:
        typer.echo(render_staged(trust, chosen, shown))
    end_with_problems(unknown_signers(trust), shown=as_json)


def _probe(firmware: Firmware) -> ModuleTrust:
    if firmware.kind is not FirmwareKind.UEFI:
        return ModuleTrust()
    running = probe_running_kernel()
    versions = {kernel.version for kernel in probe_boot_kernels(running=running)}
    kernels = newest_first(versions | ({running} if running else set()))
    try:
        return probe_module_trust(run, kernels, _MODULES)
    except MissingTool as missing:
        hint = "install `mokutil`, `openssl` and `kmod`"
        problem = Problem("tool-missing", missing.tool, "is not installed", hint)
        raise FactsError(problem) from missing
