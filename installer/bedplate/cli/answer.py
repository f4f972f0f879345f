"""`bedplate answer`: checks an answer file, for itself or for a machine, and describes its keys."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Annotated

import typer

from bedplate.cli.disk_listing import verdict_table
from bedplate.cli.options import Answer, AsJson
from bedplate.cli.plan import read_answer
from bedplate.cli.tables import show
from bedplate.config.json_schema import answer_schema
from bedplate.config.layouts import load_layout, load_layouts
from bedplate.config.manifest import load_manifest
from bedplate.errors import ExitCode, RefusedError
from bedplate.facts.saved import load_facts
from bedplate.model.request import Request
from bedplate.plan.outlook import Outlook, foresee

app = typer.Typer(no_args_is_help=True)


@app.command()
def validate(
    answer: Answer,
    facts: Annotated[
        Path | None, typer.Option(help="Say what would happen on this saved machine, too.")
    ] = None,
    images: Annotated[
        Path | None, typer.Option(help="Judge also whether the base system in there would fit.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check an answer file; exit code 2 and every problem if it is invalid.

    With a saved machine: which disks would be chosen, and what would be lost with them; exit code
    3 and every reason if it would be refused there.
    """
    request = read_answer(answer)
    if facts is None:
        typer.echo(request.model_dump_json(indent=2) if as_json else _describe(request))
        return
    manifest = None if images is None else load_manifest(images)
    outlook = foresee(request, load_layout(request.layout), load_facts(facts), manifest)
    if as_json:
        typer.echo(outlook_json(request, outlook))
        raise typer.Exit(ExitCode.REFUSED if outlook.problems else ExitCode.OK)
    for table, verdicts in groupby(outlook.disks, key=lambda verdict: verdict.table):
        show(verdict_table(tuple(verdicts), table if request.special is not None else ""))
    typer.echo("\n".join(_foretell(request, outlook)))
    if outlook.problems:
        raise RefusedError(outlook.problems)


@app.command()
def schema() -> None:
    """Print the JSON Schema of the answer file."""
    typer.echo(json.dumps(answer_schema(load_layouts()), indent=2))


def outlook_json(request: Request, outlook: Outlook) -> str:
    """The public form: `refusals` is there in any case, and empty if nothing is against it."""
    content = outlook.model_dump(mode="json")
    refusals = content.pop("problems")
    head = {"layout": request.layout, "hostname": request.fqdn}
    return json.dumps({**head, **content, "refusals": refusals}, indent=2, ensure_ascii=False)


def _describe(request: Request) -> str:
    lines = [f"The answer file is valid: {request.fqdn} with the layout {request.layout}."]
    lines += [f"warning: {warning}" for warning in request.warnings]
    return "\n".join(lines)


def _foretell(request: Request, outlook: Outlook) -> Iterator[str]:
    if outlook.destroys:
        yield "\nEVERYTHING ON THESE DISKS WOULD BE DESTROYED"
    for disk, *things in outlook.destroys:
        yield f"  {disk}"
        yield from (f"    - {thing}" for thing in things)
    yield ""
    yield from (f"warning: {warning}" for warning in outlook.warnings)
    what = f"{request.fqdn} with the layout {request.layout}"
    verdict = "would be refused" if outlook.problems else "could be installed"
    yield f"The answer file is valid, and on this machine {what} {verdict}."
