"""`bedplate kernel …`: which kernels this host boots, and which of them starts by itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Annotated

import typer

from bedplate.cli.host_changing import Host, change_host, end_with_problems
from bedplate.cli.kernel_cmdline import app as cmdline_app
from bedplate.cli.options import AsJson
from bedplate.cli.tables import show, table
from bedplate.facts.cmdline import probe_cmdline_files
from bedplate.facts.kernels import (
    is_managed,
    probe_good_boot,
    probe_grub_menu,
    probe_host_kernels,
    probe_kernel_lists,
    probe_running_kernel,
)
from bedplate.facts.platform import probe_firmware
from bedplate.model.kernels import HostKernels
from bedplate.plan.kernel_change import (
    RootGrub,
    plan_add,
    plan_booted,
    plan_pin,
    plan_remove,
    plan_unpin,
)
from bedplate.plan.kernel_packages import newest_first
from bedplate.plan.kernels import Selection, select_kernels
from bedplate.render.kernel_text import render_selected
from bedplate.units import human

HOST = Host()

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)
app.add_typer(cmdline_app, name="cmdline", help="Show or set the kernel command line.")

Version = Annotated[
    str, typer.Argument(metavar="VERSION", help="A kernel as `uname -r` has it: 6.8.12-4-pve.")
]
NextBoot = Annotated[
    bool, typer.Option("--next-boot", help="Only for the next boot, before any other pin.")
]


@app.command("list")
def list_command(as_json: AsJson = False) -> None:
    """Show the kernels that are selected for booting, and those that lie in /boot."""
    host = probe_host_kernels(HOST.run, HOST.root)
    selection = select_kernels(host)
    if as_json:
        typer.echo(json.dumps(_as_json(host, selection), indent=2, ensure_ascii=False))
    else:
        typer.echo(
            render_selected(
                selection.manual, selection.automatic, selection.pin, selection.next_boot_pin
            )
        )
        show(table("Kernels in /boot", "name size state", _rows(host, selection)))
    end_with_problems(selection.problems, shown=as_json)


@app.command("add")
def add_command(version: Version) -> None:
    """Keep a kernel bootable, however old it gets."""
    change_host(HOST, lambda: plan_add(_kernels(), version))


@app.command("remove")
def remove_command(version: Version) -> None:
    """Undo `kernel add`; the kernel stays installed."""
    change_host(HOST, lambda: plan_remove(_kernels(), version))


@app.command("pin")
def pin_command(version: Version, next_boot: NextBoot = False) -> None:
    """Have a kernel start by itself instead of the newest one."""
    change_host(HOST, lambda: plan_pin(_kernels(), version, _grub(), next_boot=next_boot))


@app.command("unpin")
def unpin_command(next_boot: NextBoot = False) -> None:
    """Have the newest kernel start by itself again."""
    change_host(HOST, lambda: plan_unpin(_kernels(), _grub(), next_boot=next_boot))


@app.command("booted", hidden=True)
def booted_command() -> None:
    """Note that the host came up, and end a pin for this boot; a unit calls it then."""
    # At every start, so no more is looked at than there is to know.
    root = HOST.root
    change_host(
        HOST, lambda: plan_booted(probe_running_kernel(root), probe_good_boot(root)), sync=False
    )
    if probe_kernel_lists(root).next_boot_pin is not None:
        unpin_command(next_boot=True)
    elif probe_firmware(root).checks_modules and is_managed(root):
        # A key that was enrolled at this start may be what a kernel has been waiting for.
        HOST.run(["systemctl", "start", "--no-block", "bedplate-esp-sync.service"])


def _kernels() -> HostKernels:
    return probe_host_kernels(HOST.run, HOST.root)


def _grub() -> RootGrub:
    return RootGrub(menu=probe_grub_menu(HOST.root), files=probe_cmdline_files(HOST.root))


def _rows(host: HostKernels, selection: Selection) -> Iterator[tuple[str, ...]]:
    for version in newest_first(kernel.version for kernel in host.in_boot):
        state = ", ".join(_state(version, selection, host.good_boot))
        yield version, human(_size_bytes(host, version)), state


def _state(version: str, selection: Selection, good_boot: str | None) -> Iterator[str]:
    """What is to be said of a kernel in /boot."""
    reasons = selection.reasons(version)
    if version == selection.default:
        yield "default"
    if version not in selection.boot:
        yield "not bootable" if reasons else "not selected"
    if version == good_boot:
        yield "came up last"
    yield from reasons


def _size_bytes(host: HostKernels, version: str) -> int:
    """What a kernel takes on an ESP, as far as it is there."""
    kernel = host.find(version)
    files = (kernel.image, kernel.initramfs) if kernel is not None else ()
    return sum(file.size_bytes for file in files if file is not None)


def _as_json(host: HostKernels, selection: Selection) -> dict[str, object]:
    every = [kernel.version for kernel in host.in_boot]
    every += [one.version for one in selection.selected]
    return {
        "managed": host.managed,
        "running": host.running,
        "good_boot": host.good_boot,
        "default": selection.default,
        "pin": selection.pin,
        "next_boot_pin": selection.next_boot_pin,
        "manual": selection.manual,
        "automatic": selection.automatic,
        "boot": selection.boot,
        "kernels": [
            {
                "version": version,
                "size_bytes": _size_bytes(host, version),
                "reasons": selection.reasons(version),
            }
            for version in newest_first(every)
        ],
        "problems": [asdict(problem) for problem in selection.problems],
    }
