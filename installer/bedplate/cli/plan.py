"""`bedplate plan`: what an install would do, in full, without touching anything."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated

import typer

from bedplate.cli.bringing import with_brought
from bedplate.cli.options import IMAGES, Answer, AsFiles, AsJson, AsScript, AsSvg, Images
from bedplate.config.answer import parse_answer
from bedplate.config.layouts import load_layout, load_layouts
from bedplate.config.manifest import load_manifest
from bedplate.errors import Problem, RefusedError, UsageError
from bedplate.model.facts import Facts
from bedplate.model.plan import Plan
from bedplate.model.request import Request
from bedplate.plan.ids import SEED_BYTES, Ids
from bedplate.plan.install import plan_install
from bedplate.plan.settings_refuse import refuse_sysctls


def _show_schema(wanted: bool) -> None:
    if wanted:
        from bedplate.render.plan_schema import plan_schema

        typer.echo(json.dumps(plan_schema(), indent=2))
        raise typer.Exit


def plan_command(
    answer: Answer,
    facts: Annotated[
        Path | None, typer.Option(help="Plan for this saved machine instead of this one.")
    ] = None,
    as_json: AsJson = False,
    as_svg: AsSvg = False,
    as_script: AsScript = False,
    as_files: AsFiles = False,
    images: Images = IMAGES,
    ids_seed: Annotated[
        str | None, typer.Option(metavar="HEX", help="Derive every id from this, not from chance.")
    ] = None,
    schema: Annotated[
        bool,
        typer.Option(
            "--schema",
            callback=_show_schema,
            is_eager=True,
            help="Print the JSON Schema of what --json prints, and end.",
        ),
    ] = False,
) -> None:
    """Show what an install would do; touches nothing."""
    render = _renderer(
        {"--json": as_json, "--svg": as_svg, "--script": as_script, "--files": as_files}
    )
    seed = os.urandom(SEED_BYTES) if ids_seed is None else parse_seed(ids_seed)
    request = with_brought(read_answer(answer), images)
    if facts is None:
        check_kernel(request)
    plan = make_plan(request, read_facts(facts), images, seed)
    typer.echo(render(plan))


def read_answer(path: Path) -> Request:
    """The request in an answer file, `-` for standard input. Raises `UsageError`."""
    return parse_answer(read_answer_bytes(path), load_layouts())


def read_answer_bytes(path: Path) -> bytes:
    """What is in a file, `-` for standard input. Raises `UsageError` if it cannot be read."""
    try:
        return sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
    except OSError as error:
        message = f"cannot be read: {error.strerror}"
        raise UsageError(Problem("answer-unreadable", str(path), message)) from error


def check_kernel(request: Request) -> None:
    """Raise `RefusedError` about kernel parameters that this machine's kernel does not have.

    A live system has the kernel of the hosts that it installs.
    """
    from bedplate.facts.host_settings import probe_sysctls

    known = probe_sysctls(request.settings.node.sysctl)
    if problems := tuple(refuse_sysctls(request.settings, known)):
        raise RefusedError(problems)


def make_plan(request: Request, facts: Facts, images: Path, seed: bytes) -> Plan:
    """Plan an install.

    Raises `UsageError` for a layout or manifest that cannot be used, `RefusedError` with all
    reasons if the request cannot be met on this machine.
    """
    layout, manifest = load_layout(request.layout), load_manifest(images)
    return plan_install(request, layout, facts, manifest, Ids(seed))


def parse_seed(text: str) -> bytes:
    """The bytes of a seed in hexadecimal digits. Raises `UsageError`."""
    try:
        seed = bytes.fromhex(text)
    except ValueError:
        seed = b""
    if not seed:
        message = "is not a number of hexadecimal digits in pairs, such as 00ff"
        raise UsageError(Problem("invalid-seed", "--ids-seed", message))
    return seed


def read_facts(path: Path | None) -> Facts:
    """A saved machine, or else this one. Raises `UsageError` if the file is not a snapshot."""
    if path is not None:
        from bedplate.facts.saved import load_facts

        return load_facts(path)
    from bedplate.facts import probe_facts
    from bedplate.run import run

    return probe_facts(run)


def _renderer(asked: Mapping[str, bool]) -> Callable[[Plan], str]:
    """The form that was asked for, text for people otherwise. Raises `UsageError` for several."""
    match [option for option, given in asked.items() if given]:
        case []:
            from bedplate.render.plan_text import render_plan

            return render_plan
        case ["--json"]:
            return lambda plan: plan.model_dump_json(indent=2)
        case ["--svg"]:
            from bedplate.render.plan_svg import render_plan_svg

            return render_plan_svg
        case ["--script"]:
            from bedplate.render.plan_script import render_script

            return render_script
        case ["--files"]:
            from bedplate.render.plan_files import render_files

            return render_files
        case several:
            message = "exclude each other: a plan is printed in one form"
            hint = "leave all but one of them out, or call bedplate plan once for each"
            raise UsageError(Problem("options-exclusive", " and ".join(several), message, hint))
