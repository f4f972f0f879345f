"""`bedplate answer`: checks an answer file without a machine, and describes what may be in one."""

from __future__ import annotations

import json

import typer

from bedplate.cli.options import Answer, AsJson
from bedplate.cli.plan import read_answer
from bedplate.config.json_schema import answer_schema
from bedplate.model.request import Request

app = typer.Typer(no_args_is_help=True)


@app.command()
def validate(answer: Answer, as_json: AsJson = False) -> None:
    """Check an answer file; exit code 2 and every problem if it is invalid."""
    request = read_answer(answer)
    typer.echo(request.model_dump_json(indent=2) if as_json else _describe(request))


@app.command()
def schema() -> None:
    """Print the JSON Schema of the answer file."""
    typer.echo(json.dumps(answer_schema(), indent=2))


def _describe(request: Request) -> str:
    lines = [f"The answer file is valid: {request.fqdn} with the layout {request.layout}."]
    lines += [f"warning: {warning}" for warning in request.warnings]
    return "\n".join(lines)
