"""Arguments and options that several commands have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

IMAGES = Path("/run/live/medium/live")

Answer = Annotated[
    Path, typer.Argument(metavar="ANSWER", help="The answer file; - reads standard input.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
AsSvg = Annotated[bool, typer.Option("--svg", help="Print a picture, as SVG.")]
AsScript = Annotated[
    bool, typer.Option("--script", help="Print a shell script that does the same by hand.")
]
AsFiles = Annotated[
    bool, typer.Option("--files", help="Print every file, as a diff against the base system.")
]
Images = Annotated[Path, typer.Option(help="Where the base system and its manifest are.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would be done.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
Anew = Annotated[bool, typer.Option("--anew", help="Forget a run that did not come to its end.")]
