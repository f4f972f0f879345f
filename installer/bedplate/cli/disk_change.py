"""`bedplate disk replace|attach|detach|expand`: what is done to the disks of a host that runs."""

from __future__ import annotations

from typing import Annotated

import typer

from bedplate.cli.options import Anew, AsJson, DryRun, Yes
from bedplate.cli.root import require_root

Old = Annotated[
    str | None,
    typer.Argument(
        metavar="[OLD]",
        help="The disk to be replaced, by any of its names; needed if it is not clear which.",
    ),
]
New = Annotated[
    str | None,
    typer.Argument(metavar="[NEW]", help="The disk that is added; needed if it is not blank."),
]
Leaving = Annotated[str, typer.Argument(metavar="DISK", help="The disk, by any of its names.")]
Beside = Annotated[
    str | None,
    typer.Option(metavar="DISK", help="Which disk the new one is to be like."),
]
Anywhere = Annotated[
    bool,
    typer.Option("--anywhere", help="By any blank disk, if there is but one: a hot spare."),
]


# What carries them out takes long to load, and the other commands about disks do without.


def replace_command(
    old: Old = None,
    new: New = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
    yes: Yes = False,
    anew: Anew = False,
) -> None:
    """Put a new disk in the place of one that failed; --json prints the plan and does nothing."""
    require_root("replace a disk")
    from bedplate.cli.changing import How
    from bedplate.cli.disk_changing import replace_disk

    replace_disk(old, new, How(dry_run, as_json, yes, anew))


def attach_command(
    new: New = None,
    beside: Beside = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
    yes: Yes = False,
    anew: Anew = False,
) -> None:
    """Have a new disk hold the same as one that is there, and start the host too."""
    require_root("attach a disk")
    from bedplate.cli.changing import How
    from bedplate.cli.disk_changing import attach_disk

    attach_disk(new, beside, How(dry_run, as_json, yes, anew))


def detach_command(
    disk: Leaving,
    dry_run: DryRun = False,
    as_json: AsJson = False,
    yes: Yes = False,
    anew: Anew = False,
) -> None:
    """Do without a disk whose data is on others too; it is wiped."""
    require_root("detach a disk")
    from bedplate.cli.changing import How
    from bedplate.cli.disk_changing import detach_disk

    detach_disk(disk, How(dry_run, as_json, yes, anew))


def watch_command(anywhere: Anywhere = False) -> None:
    """Replace a lost disk by itself once a blank one is where it was; for a unit of systemd."""
    require_root("replace disks")
    from bedplate.cli.disk_watching import watch

    watch(anywhere=anywhere)


def expand_command(
    dry_run: DryRun = False, as_json: AsJson = False, yes: Yes = False, anew: Anew = False
) -> None:
    """Let pools, arrays and btrfs grow to the size of the disks that they are on."""
    require_root("expand what is on disks")
    from bedplate.cli.changing import How
    from bedplate.cli.disk_changing import expand_disks

    expand_disks(How(dry_run, as_json, yes, anew))
