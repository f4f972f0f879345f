"""`bedplate lab`: virtual machines that are installed the way real ones are."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated, Literal, cast

import typer

from bedplate.apply.interrupt import interruptible
from bedplate.cli.image import CHECKOUT, CacheFolder, Source
from bedplate.cli.progress import sink_for
from bedplate.errors import InterruptedRunError, Problem, UsageError
from bedplate.events import Clock
from bedplate.image.cache import default_cache
from bedplate.lab.attach import attach
from bedplate.lab.demo import run_demo
from bedplate.lab.job import build_images
from bedplate.lab.machine import DiskBus, Places
from bedplate.lab.provision import Order, provision
from bedplate.lab.registry import Registry, State, check_name, lab_folder
from bedplate.lab.ssh import key_file, ssh_argv
from bedplate.model.facts import FirmwareKind
from bedplate.run import replace_this_process
from bedplate.units import human, parse_size

app = typer.Typer(
    no_args_is_help=True, help="Virtual machines, installed the way real ones are; KVM not needed."
)

Name = Annotated[str, typer.Argument(help="The machine's name.")]


def parse_disks(text: str) -> tuple[int, ...]:
    """Sizes in bytes of the disks meant by `2x16G`, `16G` or `2x16G,1x8G`.

    Raises `UsageError` with a sentence for the operator.
    """
    sizes: list[int] = []
    for part in text.split(","):
        count, times, size = part.strip().rpartition("x")
        try:
            sizes += [parse_size(size)] * (int(count) if times else 1)
        except ValueError:
            message = f"{part!r} is not a number of disks and a size such as 2x16G"
            raise UsageError(Problem("bad-disks", "--disks", message)) from None
    if not sizes or min(sizes) <= 0:
        raise UsageError(Problem("bad-disks", "--disks", f"{text!r} asks for no disk at all"))
    return tuple(sizes)


@app.command()
def up(
    layout: Annotated[str, typer.Option(help="A layout of `layouts/`.")],
    name: Annotated[str, typer.Option(help="What to call the machine.")] = "lab",
    disks: Annotated[str, typer.Option(help="Number and size of its disks.")] = "2x16G",
    firmware: Annotated[FirmwareKind, typer.Option(help="What starts it.")] = FirmwareKind.UEFI,
    bus: Annotated[DiskBus, typer.Option(help="How its disks are attached.")] = DiskBus.SCSI,
    sector_size: Annotated[int, typer.Option(help="512 or 4096.")] = 512,
    memory: Annotated[str, typer.Option(help="Its memory.")] = "2G",
    cpus: Annotated[int, typer.Option(min=1, help="Its processors.")] = 1,
    ssh_key: Annotated[
        Path | None, typer.Option(help="One more public key for root, beside the machine's own.")
    ] = None,
    answer: Annotated[
        Path | None, typer.Option(help="An answer file; disks and keys in it are replaced.")
    ] = None,
    source: Source = CHECKOUT,
    cache: CacheFolder = None,
) -> None:
    """Install a machine and leave it running, reachable over SSH."""
    if sector_size not in (512, 4096):
        message = f"{sector_size} is not a sector size; 512 and 4096 are"
        raise UsageError(Problem("bad-sector-size", "--sector-size", message))
    order = Order(
        name=check_name(name),
        layout=layout,
        disk_sizes=parse_disks(disks),
        firmware=firmware,
        bus=bus,
        sector_size=cast(Literal[512, 4096], sector_size),
        memory_bytes=_size(memory, "--memory"),
        cpus=cpus,
        keys=(_read(ssh_key, "--ssh-key").strip(),) if ssh_key is not None else (),
        answer=_read(answer, "--answer") if answer is not None else None,
    )
    began = time.monotonic()
    _provision(order, source, cache or default_cache())
    typer.echo(f"{name} runs after {time.monotonic() - began:.0f} s: bedplate lab ssh {name}")


@app.command("list")
def list_command(
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """The machines there are, and whether they run."""
    states = Registry(lab_folder()).states()
    if as_json:
        typer.echo(json.dumps([_describe(state) for state in states], indent=2))
        return
    for state in states:
        spec = state.record.spec
        words = (
            spec.name,
            "running" if state.running else "stopped",
            state.record.layout,
            spec.firmware.value,
            f"{len(spec.disks)} disks",
            human(spec.memory_bytes),
            f"ssh port {state.record.ssh_port}" if state.running else "",
        )
        typer.echo("  ".join(word for word in words if word))


@app.command(context_settings={"ignore_unknown_options": True})
def ssh(
    name: Name,
    command: Annotated[list[str] | None, typer.Argument(help="A command to run there.")] = None,
) -> None:
    """Log in to a machine as root, or run a command there."""
    state = _running(name)
    replace_this_process(ssh_argv(state.folder, state.record.ssh_port, command or ()))


@app.command()
def console(name: Name) -> None:
    """Sit down at a machine's serial console. Ctrl-] leaves."""
    state = _running(name)
    password = state.folder / "root-password"
    hint = f"root's password is in {password}; " if password.exists() else ""
    typer.echo(f"{hint}Ctrl-] leaves", err=True)
    places = Places(state.folder, state.record.sockets)
    attach(places.serial, sys.stdin.fileno(), sys.stdout.fileno())


@app.command()
def down(
    name: Annotated[str | None, typer.Argument(help="The machine's name.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Every machine there is.")] = False,
    keep_disks: Annotated[
        bool, typer.Option("--keep-disks", help="Stop only; its folder with the disks stays.")
    ] = False,
) -> None:
    """Stop a machine and delete it."""
    if (name is None) == (not every):
        message = "name one machine, or say --all"
        raise UsageError(Problem("which-machine", "lab down", message))
    registry = Registry(lab_folder())
    chosen = registry.states() if name is None else (registry.get(name),)
    for state in chosen:
        registry.stop(state.record.spec.name)
        if not keep_disks:
            registry.remove(state.record.spec.name)


@app.command()
def demo(source: Source = CHECKOUT, cache: CacheFolder = None) -> None:
    """Install a ZFS mirror into a machine, and start it from both disks and from each alone."""
    began = time.monotonic()
    store = cache or default_cache()
    try:
        with (
            tempfile.TemporaryDirectory(prefix="bedplate-demo-") as folder,
            interruptible(),
            sink_for(sys.stdout) as sink,
        ):
            clock = Clock((sink,))
            images = build_images(source, store, clock)
            phases = run_demo(images, store, clock, Path(folder))
    except InterruptedRunError as error:
        message = "interrupted; its QEMU was stopped and its disks deleted"
        raise InterruptedRunError(Problem("interrupted", "demo", message)) from error
    typer.echo()
    for phase in phases:
        typer.echo(f"{phase.seconds:6.1f} s  {phase.name}")
        for right in phase.checked:
            typer.echo(f"          ok: {right}")
    typer.echo(f"{time.monotonic() - began:6.1f} s  in all: every disk starts the host alone.")


def _provision(order: Order, source: Path, cache: Path) -> None:
    try:
        with interruptible(), sink_for(sys.stdout) as sink:
            clock = Clock((sink,))
            images = build_images(source, cache, clock)
            provision(order, images, Registry(lab_folder()), cache, clock)
    except InterruptedRunError as error:
        message = "interrupted; its QEMU was stopped and what was made of it deleted"
        raise InterruptedRunError(Problem("interrupted", order.name, message)) from error


def _describe(state: State) -> dict[str, object]:
    record = state.record
    return {
        **record.model_dump(mode="json"),
        "running": state.running,
        "folder": str(state.folder),
        "ssh_key": str(key_file(state.folder)),
    }


def _running(name: str) -> State:
    state = Registry(lab_folder()).get(name)
    if not state.running:
        hint = f"delete it with `bedplate lab down {name}`"
        raise UsageError(Problem("machine-stopped", name, "the machine does not run", hint))
    return state


def _size(text: str, option: str) -> int:
    try:
        return parse_size(text)
    except ValueError as error:
        raise UsageError(Problem("bad-size", option, str(error))) from error


def _read(path: Path, option: str) -> str:
    try:
        return path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        message = f"{path} cannot be read: {error}"
        raise UsageError(Problem("unreadable", option, message)) from error
