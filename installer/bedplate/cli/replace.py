"""`bedplate disk replace`: a new disk takes the place of one that failed."""

from __future__ import annotations

from typing import Annotated

import typer

from bedplate.cli.options import AsJson, DryRun
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
    typer.Argument(
        metavar="[NEW]", help="The disk that takes its place; needed if it is not blank."
    ),
]
Yes = Annotated[bool, typer.Option("--yes", help="Overwrite the new disk without asking.")]
Anew = Annotated[
    bool, typer.Option("--anew", help="Forget a replacement that did not come to its end.")
]


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
    # It takes long to load, and the other commands about disks do without.
    from bedplate.cli.disk_changing import begin, go_on, show, unfinished

    begun = None if anew else unfinished()
    if dry_run or as_json:
        show(old, new, begun, as_json=as_json)
    elif begun is not None:
        go_on(begun, new)
    else:
        begin(old, new, yes=yes)
