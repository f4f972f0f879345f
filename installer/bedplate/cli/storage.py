"""`bedplate storage plan|create|grow|add`: more storage for guests on a host that runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bedplate.cli.options import Anew, AsJson, DryRun, Yes
from bedplate.cli.root import require_root

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)

StorageFile = Annotated[
    Path, typer.Argument(metavar="FILE", help="The storage file; - reads standard input.")
]
ThinPool = Annotated[str, typer.Argument(metavar="VG/POOL", help="The thin pool.")]
Name = Annotated[str, typer.Argument(metavar="NAME", help="The pool or volume group.")]
Disks = Annotated[
    list[str] | None,
    typer.Argument(metavar="[DISK]...", help="Disks for its data, by any of their names."),
]
Insist = Annotated[bool, typer.Option("--insist", help="Do also what is not wise.")]
Gib = Annotated[float | None, typer.Option(metavar="GIB", min=0.001, max=2**24)]


# What carries them out takes long to load.


@app.command("plan")
def plan_command(file: StorageFile, as_json: AsJson = False) -> None:
    """Show what `create` would do; touches nothing, and ends with 4 if there is anything."""
    require_root("look at all that storage is made of")
    from bedplate.cli.storage_changing import show_storage

    show_storage(file, as_json=as_json)


@app.command("create")
def create_command(
    file: StorageFile,
    dry_run: DryRun = False,
    as_json: AsJson = False,
    yes: Yes = False,
    anew: Anew = False,
) -> None:
    """Make what a storage file asks for and this host lacks; --json prints the plan only."""
    require_root("make storage")
    from bedplate.cli.changing import How
    from bedplate.cli.storage_changing import create_storage

    create_storage(file, How(dry_run, as_json, yes, anew))


@app.command("grow")
def grow_command(
    pool: ThinPool,
    size: Annotated[
        float | None,
        typer.Option(metavar="GIB", min=0.001, max=2**24, help="How large it is to be then."),
    ] = None,
    metadata_size: Annotated[
        float | None,
        typer.Option(metavar="GIB", min=0.001, max=16, help="How large its metadata are to be."),
    ] = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
    yes: Yes = False,
    anew: Anew = False,
) -> None:
    """Make a thin pool larger, its metadata with it; without --size by all that is free."""
    require_root("grow storage")
    from bedplate.cli.changing import How
    from bedplate.cli.storage_changing import grow_storage

    grow_storage(pool, size, metadata_size, How(dry_run, as_json, yes, anew))


@app.command("add")
def add_command(
    name: Name,
    disks: Disks = None,
    special: Annotated[
        list[str] | None,
        typer.Option(metavar="DISK", help="A disk of a special device; it cannot be removed."),
    ] = None,
    log: Annotated[
        list[str] | None, typer.Option(metavar="DISK", help="A disk of a log; two are a mirror.")
    ] = None,
    cache: Annotated[
        list[str] | None, typer.Option(metavar="DISK", help="A disk of a cache.")
    ] = None,
    special_size: Gib = None,
    log_size: Gib = None,
    cache_size: Gib = None,
    small_blocks: Annotated[
        str | None,
        typer.Option(metavar="SIZE", help="Blocks up to this go to the special device: 4K."),
    ] = None,
    insist: Insist = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
    yes: Yes = False,
    anew: Anew = False,
) -> None:
    """Give a volume group or a ZFS pool more disks, for its data or beside it."""
    require_root("add disks to storage")
    from bedplate.cli.changing import How
    from bedplate.cli.storage_changing import add_request, add_storage

    asked = add_request(
        name,
        {"data": disks, "special": special, "log": log, "cache": cache},
        {"special": special_size, "log": log_size, "cache": cache_size},
        small_blocks,
        insist=insist,
    )
    add_storage(asked, How(dry_run, as_json, yes, anew))
