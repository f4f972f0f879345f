"""`bedplate install`, `apply`, `resume` and `verify`: the commands that carry a plan out.

Nothing here takes long to load: the checksums of the base system are begun first, and are taken
while the machine is looked at, the rest of the program loaded and the plan made. A saved plan may
have been carried out already; then they are not taken at all.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bedplate.apply.artefacts import Artefacts
from bedplate.cli.options import IMAGES, Answer, Images
from bedplate.cli.root import require_root
from bedplate.errors import ExitCode
from bedplate.model.artefacts import BASE, DELTA, STREAM
from bedplate.run import run, side_by_side

Yes = Annotated[bool, typer.Option("--yes", help="Do not ask before disks are overwritten.")]
Events = Annotated[Path | None, typer.Option(help="A file or device that gets the events as JSON.")]
WithAnswer = Annotated[
    Path | None, typer.Option("--answer", help="The answer file, for the secrets that it holds.")
]
PlanFile = Annotated[
    Path, typer.Argument(metavar="PLAN.json", help="A plan saved from `bedplate plan --json`.")
]


def install_command(
    answer: Answer,
    yes: Yes = False,
    images: Images = IMAGES,
    events: Events = None,
    facts_must_match: Annotated[
        Path | None, typer.Option(help="Refuse unless the disks are as in this saved facts file.")
    ] = None,
) -> None:
    """Plan, ask, install, and check the result."""
    require_root()
    with Artefacts(images) as artefacts, side_by_side(1) as threads:
        artefacts.want(likely_sources(answer, images))
        from bedplate.facts import probe_facts

        # Most of a look at the machine is waiting for programs.
        facts = threads.submit(probe_facts, run)
        from bedplate.cli.installing import install

        install(
            answer, facts.result, artefacts, yes=yes, events=events, must_match=facts_must_match
        )


def likely_sources(answer: Path, images: Path) -> tuple[str, ...]:
    """The artefacts that the plan will most likely want. A wrong guess costs nothing but time."""
    try:
        names_zfs = b"zfs" in answer.read_bytes()
    except OSError:  # the whole answer is read later, and then missed
        names_zfs = False
    return (STREAM, DELTA) if names_zfs and (images / STREAM).is_file() else (BASE,)


def apply_command(
    plan_file: PlanFile,
    yes: Yes = False,
    images: Images = IMAGES,
    events: Events = None,
    answer: WithAnswer = None,
) -> None:
    """Carry out a plan that was saved before; does nothing if that was done already."""
    require_root()
    from bedplate.cli.installing import apply_saved

    with Artefacts(images) as artefacts:
        apply_saved(plan_file, artefacts, yes=yes, events=events, answer=answer)


def resume_command(
    images: Images = IMAGES, events: Events = None, answer: WithAnswer = None
) -> None:
    """Take an interrupted run up again where it stopped."""
    require_root()
    from bedplate.cli.installing import resume

    with Artefacts(images) as artefacts:
        resume(artefacts, events=events, answer=answer)


def verify_command(plan_file: PlanFile) -> None:
    """Compare this machine's disks with a plan; exit code 4 if they differ."""
    require_root()
    from bedplate.cli.installing import verify

    found = verify(plan_file)
    for problem in found:
        typer.echo(str(problem))
    if found:
        raise typer.Exit(ExitCode.DIFFERS)
    typer.echo("The disks are as planned.")
