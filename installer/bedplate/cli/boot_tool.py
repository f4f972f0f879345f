"""The manual's `proxmox-boot-tool`: its commands, words and exit codes, in front of our own.

`bedplate esp` and `bedplate kernel` do the same and tell more. What the original leaves at a
warning ends with 0 here as well, since scripts rely on that.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from bedplate.cli import esp, kernel
from bedplate.cli.errors import report
from bedplate.cli.esp_sync import look, sync_now
from bedplate.cli.options import DryRun
from bedplate.cli.root import require_root
from bedplate.errors import BedplateError, ExitCode
from bedplate.facts.esps import probe_uuid_list
from bedplate.facts.kernels import probe_host_kernels
from bedplate.facts.platform import probe_firmware
from bedplate.model.boot_files import ESP_LIST
from bedplate.plan.esp_status import boot_tool_kernels
from bedplate.plan.kernels import select_kernels
from bedplate.render.boot_tool_text import render_boot_tool_status
from bedplate.render.kernel_text import render_selected

_FAILED = 1
_UNMANAGED = 2

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)
kernels = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)
app.add_typer(kernels, name="kernel", help="Choose the kernels to boot.")
app.add_typer(kernels, name="kernels", hidden=True)


@app.command("status")
def status_command(
    quiet: Annotated[bool, typer.Option("--quiet", help="Only the exit code.")] = False,
) -> None:
    """Show the ESPs; exit code 2 on a host that does not keep kernels on them."""
    listed = probe_uuid_list()
    if listed is None:
        if not quiet:
            typer.echo(f"E: {ESP_LIST} does not exist.", err=True)
        raise typer.Exit(_UNMANAGED)
    if not quiet:
        _as_original(lambda: _show_status(listed.ids))


@app.command("format")
def format_command(
    partition: esp.Partition,
    force: Annotated[bool, typer.Option("--force", help="Destroy what is on it.")] = False,
) -> None:
    """Make a partition an empty ESP."""
    _as_original(lambda: esp.format_command(partition, force))


@app.command("init")
def init_command(
    partition: esp.Partition,
    mode: Annotated[
        str, typer.Argument(help="`grub` is understood; the loader is that of the other ESPs.")
    ] = "",
) -> None:
    """Have an ESP kept in sync."""
    if mode not in ("", "grub"):
        raise typer.BadParameter(f"{mode!r} is not a loader: leave it out, or say grub")
    _as_original(lambda: esp.init_command(partition))


@app.command("refresh")
def refresh_command(
    _hook: Annotated[str, typer.Option("--hook", hidden=True)] = "",
) -> None:
    """Bring all ESPs in sync."""
    _as_original(sync_now)


@app.command("reinit")
def reinit_command() -> None:
    """Put boot loaders on all ESPs again, where they are not as they should be."""
    _as_original(sync_now)


@app.command("clean")
def clean_command(dry_run: DryRun = False) -> None:
    """Take ESPs off the list that no disk has any more."""
    _as_original(lambda: esp.clean_command(dry_run, yes=True))


@kernels.command("list")
def list_command() -> None:
    """Show the selected kernels."""
    _as_original(_show_selected)


@kernels.command("add")
def add_command(version: kernel.Version) -> None:
    """Keep a kernel bootable."""
    _as_original(lambda: kernel.add_command(version))


@kernels.command("remove")
def remove_command(version: kernel.Version) -> None:
    """Undo `kernel add`."""
    _as_original(lambda: kernel.remove_command(version))


@kernels.command("pin")
def pin_command(version: kernel.Version, next_boot: kernel.NextBoot = False) -> None:
    """Have a kernel start by itself."""
    _as_original(lambda: kernel.pin_command(version, next_boot))


@kernels.command("unpin")
def unpin_command(next_boot: kernel.NextBoot = False) -> None:
    """Have the newest kernel start by itself."""
    _as_original(lambda: kernel.unpin_command(next_boot))


def _show_selected() -> None:
    found = select_kernels(probe_host_kernels(kernel.HOST.run, kernel.HOST.root))
    typer.echo(render_selected(found.manual, found.automatic, found.pin, found.next_boot_pin))


def _show_status(listed: tuple[str, ...]) -> None:
    require_root()
    found = {
        esp.fat_id: boot_tool_kernels(esp) for esp in look().facts.esps if esp.fat_id is not None
    }
    kind = probe_firmware().kind
    typer.echo(render_boot_tool_status(kind, listed, found, ESP_LIST), nl=False)


def _as_original(do: Callable[[], None]) -> None:
    """Run a command of ours; it ends with 1 where it failed, and with 0 where it warned."""
    try:
        do()
    except BedplateError as error:
        report(error, as_json=False)
        raise typer.Exit(_FAILED) from error
    except typer.Exit as end:
        if end.exit_code not in (ExitCode.OK, ExitCode.DIFFERS):
            raise typer.Exit(_FAILED) from end
