"""`bedplate image`: builds the base system, the live installer, its medium and our own package."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Annotated

import typer

from bedplate.cli.progress import sink_for
from bedplate.events import Clock
from bedplate.facts.first_boot import FROM_MEDIUM, read_program
from bedplate.facts.medium_hooks import FOLDER as HOOKS
from bedplate.facts.medium_hooks import hooks_in
from bedplate.image.build import ImageSet, build_package
from bedplate.image.cache import default_cache
from bedplate.image.medium import with_additions
from bedplate.lab.job import build_images
from bedplate.model.artefacts import MANIFEST
from bedplate.run import run

app = typer.Typer(
    help="Build the base system and the live system.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

CHECKOUT = Path(__file__).resolve().parents[3]

Source = Annotated[
    Path, typer.Option(help="The folder with bedplate's source.", show_default="this checkout")
]
CacheFolder = Annotated[
    Path | None,
    typer.Option("--cache", help="Where built images stay; $BEDPLATE_CACHE or ~/.cache/bedplate."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
OutputFile = Annotated[Path, typer.Option("--output", "-o", help="The file to write.")]
OutputFolder = Annotated[Path, typer.Option("--output", "-o", help="The folder to write to.")]


@app.command("build")
def build_command(
    source: Source = CHECKOUT, cache: CacheFolder = None, as_json: AsJson = False
) -> None:
    """Build base system, live installer and medium, or take them from the cache."""
    images = _build(source, cache)
    if not as_json:
        typer.echo(images.folder)
        return
    answer = {
        "folder": str(images.folder),
        "manifest": str(images.folder / MANIFEST),
        "key": images.key,
    }
    typer.echo(json.dumps(answer))


@app.command("iso")
def iso_command(
    output: OutputFile,
    source: Source = CHECKOUT,
    cache: CacheFolder = None,
    hooks: Annotated[
        Path | None, typer.Option(help="A folder with programs that run in an installation.")
    ] = None,
    first_boot: Annotated[
        Path | None, typer.Option(help='The program of `[first-boot]` with source = "from-iso".')
    ] = None,
) -> None:
    """Write the installer medium: an image for CD and USB stick, for BIOS and UEFI."""
    additions: dict[str, Path] = {}
    if hooks is not None:
        hooks_in(hooks)
        additions[HOOKS] = hooks
    if first_boot is not None:
        read_program(first_boot)
        additions[FROM_MEDIUM] = first_boot
    image = _build(source, cache).iso
    if additions:
        with_additions(image, output, additions, run)
    else:
        shutil.copyfile(image, output)
    typer.echo(output)


@app.command("deb")
def deb_command(output: OutputFolder, source: Source = CHECKOUT, cache: CacheFolder = None) -> None:
    """Write bedplate's own Debian package, for Debian 12 and 13."""
    with sink_for(sys.stderr) as sink:
        package = build_package(source, cache or default_cache(), Clock((sink,)))
    output.mkdir(parents=True, exist_ok=True)
    typer.echo(shutil.copy(package, output))


def _build(source: Path, cache: Path | None) -> ImageSet:
    with sink_for(sys.stderr) as sink:
        return build_images(source, cache or default_cache(), Clock((sink,)))
