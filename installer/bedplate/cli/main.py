"""The frame of the command line: finds the command, loads it, and maps how it ends.

Only the module of the command that was asked for is imported, so that `bedplate plan` need not wait
for QEMU's libraries, nor fail without them. The others are known by one line of help.
"""

from __future__ import annotations

import importlib
import logging
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import FrameType
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from bedplate import __version__
from bedplate.cli.errors import report, report_bug
from bedplate.errors import BedplateError, CommandError, ExitCode, InterruptedRunError, Problem

PROGRAM = "bedplate"


@dataclass(frozen=True, slots=True)
class Noun:
    """A word after `bedplate`: a module of `bedplate.cli` and the command or app in it."""

    module: str
    name: str
    help: str


COMMANDS: Mapping[str, Noun] = {
    "facts": Noun("facts", "facts_command", "Show what this machine is and holds."),
    "plan": Noun("plan", "plan_command", "Show what an install would do; touches nothing."),
    "install": Noun("install", "install_command", "Install a host onto bare disks."),
    "apply": Noun("install", "apply_command", "Carry out a plan that was saved before."),
    "resume": Noun("install", "resume_command", "Take an interrupted run up again."),
    "verify": Noun("install", "verify_command", "Compare this machine's disks with a plan."),
    "doctor": Noun("doctor", "doctor_command", "Would this host start from each boot disk alone?"),
    "disk": Noun("disk", "app", "Show disks; replace, attach, detach one of a host."),
    "storage": Noun("storage", "app", "Make more storage for guests on further disks; grow it."),
    "kernel": Noun("kernel", "app", "Choose which kernels this host boots, and how."),
    "esp": Noun("esp", "app", "Keep the ESPs of this host in sync, so that each disk starts it."),
    "repo": Noun("repo", "app", "Where packages come from, and bringing them up to date."),
    "secure-boot": Noun(
        "secure_boot", "app", "May this machine's kernels load the modules that they need?"
    ),
    "boot-tool": Noun("boot_tool", "app", "The manual's proxmox-boot-tool, by its own words."),
    "net": Noun("net", "app", "Change the network of this host; it goes back if it fails."),
    "config": Noun(
        "config", "app", "Set this host up as an answer file says: time, mail, ZFS, SSH."
    ),
    "first-boot": Noun("first_boot", "app", "What this host does once, at its first start."),
    "metrics": Noun("metrics", "app", "Send how the disks are to Graphite, InfluxDB, Prometheus."),
    "node": Noun("node", "app", "Wake other hosts."),
    "answer": Noun("answer", "app", "Check answer files."),
    "lab": Noun("lab", "app", "Virtual machines, installed by the same installer."),
    "image": Noun("image", "app", "Build the base system and the live system."),
}


class _Commands(TyperGroup):
    """The group of all commands. Ctrl-C and the like leave it as one of our errors."""

    # The context's class is click's or typer's own copy of it, by the version of typer.
    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as stop:
            message = f"stopped by {str(stop) or 'Ctrl-C'}"
            raise InterruptedRunError(Problem("interrupted", "", message)) from None


def main() -> None:
    """Entry point of the program `bedplate`."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _stop_like_ctrl_c)
    try:
        code = run_command(sys.argv[1:])
        sys.stdout.flush()
    except BrokenPipeError:
        # Nobody reads any more (`bedplate facts | head`); the interpreter's own last flush must
        # not complain of it either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = ExitCode.FAILED
    except KeyboardInterrupt:  # a second one, while the first was being reported
        code = ExitCode.INTERRUPTED
    sys.exit(code)


def _stop_like_ctrl_c(number: int, _frame: FrameType | None) -> None:
    """Everything that Ctrl-C would undo is undone; only the message tells the difference."""
    raise KeyboardInterrupt(signal.Signals(number).name)


def run_command(words: Sequence[str]) -> int:
    """Run one command line and return its exit code. Prints errors; raises none of ours."""
    try:
        build_app(asked_for(words, os.environ))(args=list(words), prog_name=PROGRAM)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else ExitCode.OK
    except BedplateError as error:
        return report(error, as_json="--json" in words)
    except BrokenPipeError:
        raise
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the top: whatever arrives here is a bug
        return report_bug(error)
    return ExitCode.OK


def asked_for(words: Sequence[str], environment: Mapping[str, str]) -> str | None:
    """The command of a command line, also of one that a shell wants completed."""
    if f"_{PROGRAM.upper()}_COMPLETE" in environment:
        line = environment.get("COMP_WORDS") or environment.get("_TYPER_COMPLETE_ARGS", "")
        words = line.split()[1:]
    # The options before the command are switches: none of them takes a value.
    return next((word for word in words if not word.startswith("-")), None)


def build_app(asked: str | None) -> typer.Typer:
    """The command line with `asked` loaded, and the other commands as entries of the help."""
    app = typer.Typer(
        cls=_Commands,
        callback=_options,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        help="Turns bare disks into a virtualisation host and keeps every boot disk bootable.",
    )
    for word, noun in COMMANDS.items():
        target = _load(noun) if word == asked else _entry_of_the_help
        if isinstance(target, typer.Typer):
            app.add_typer(target, name=word, help=noun.help)
        else:
            app.command(word, help=noun.help)(target)
    return app


def _load(noun: Noun) -> Any:
    """The command or app of a noun. Raises `CommandError` if a library it needs is missing."""
    try:
        return getattr(importlib.import_module(f"bedplate.cli.{noun.module}"), noun.name)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] == PROGRAM:
            raise
        message = f"needs the Python module `{error.name}`, which is not installed"
        hint = "install the package that has it"
        raise CommandError(Problem("module-missing", PROGRAM, message, hint)) from error


def _entry_of_the_help() -> None:
    raise AssertionError("only the command that was asked for can run")


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"{PROGRAM} {__version__}")
        raise typer.Exit


def _options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_show_version, is_eager=True, help="Show the version and end."
        ),
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show every program that is started.")
    ] = False,
) -> None:
    if debug:
        logging.basicConfig(stream=sys.stderr, format="%(message)s")
        logging.getLogger("bedplate").setLevel(logging.DEBUG)


if __name__ == "__main__":
    main()
