"""`bedplate repo …`: which repositories apt uses, whether that is well, and how to change it."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from bedplate.cli.errors import render_problem
from bedplate.cli.host_changing import Host, end_with_problems
from bedplate.cli.options import AsJson, DryRun, Yes
from bedplate.cli.repo_updating import update_command, upgrade_command
from bedplate.cli.tables import show, table
from bedplate.facts.host_sources import probe_host_sources
from bedplate.model.host_sources import HostSources
from bedplate.model.known_repository import repositories_of
from bedplate.model.repository import Entry, Sources, without_credentials
from bedplate.plan.repositories import names_of
from bedplate.plan.repository_change import plan_disable, plan_enable
from bedplate.plan.repository_check import check_repositories
from bedplate.render.sources import parse_sources

LOCK = Path("/run/bedplate-repositories.lock")
"""Held by whatever changes the files that say where packages come from."""

HOST = Host(lock=LOCK)

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)

Name = Annotated[
    str,
    typer.Argument(
        metavar="NAME",
        help="A repository such as pve-no-subscription, or FILE:LINE; `repo list` has them all.",
    ),
]
Convert = Annotated[
    bool, typer.Option("--convert", help="Make a one-line file that is changed into a .sources.")
]


@app.command("list")
def list_command(as_json: AsJson = False) -> None:
    """Show every entry of every file that apt reads, and what else could be enabled."""
    host = _probe()
    sources = parse_sources(host.files)
    others = _others(host, sources)
    if as_json:
        typer.echo(json.dumps(_as_json(host, sources, others), indent=2, ensure_ascii=False))
        return
    show(table("", "enabled name place entry", map(_row, sources.entries)))
    for option, proxy in host.proxies.items():
        typer.echo(f"{option} is {proxy}")
    if others:
        typer.echo(f"Not in any file: {', '.join(others)}")


@app.command("enable")
def enable_command(
    name: Name,
    convert: Convert = False,
    key: Annotated[
        str | None,
        typer.Option(
            metavar="FILE|URL", help="Where the archive's key is; what it is, is checked."
        ),
    ] = None,
    fingerprint: Annotated[
        list[str] | None,
        typer.Option(metavar="HEX", help="The key of a third party, by its whole fingerprint."),
    ] = None,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Have apt use a repository, once its key and its Release are found to be right."""
    # What fetches and judges archives takes a while to load, and looking does without.
    from bedplate.cli.repo_changing import Asked, change_repositories

    asked = Asked(
        name,
        _today(),
        verify=True,
        dry_run=dry_run,
        yes=yes,
        key=key,
        fingerprints=tuple(fingerprint or ()),
    )
    change_repositories(HOST, asked, partial(plan_enable, convert=convert))


@app.command("disable")
def disable_command(
    name: Name, convert: Convert = False, dry_run: DryRun = False, yes: Yes = False
) -> None:
    """Have apt no longer use a repository; its entry stays where it is, switched off."""
    from bedplate.cli.repo_changing import Asked, change_repositories

    asked = Asked(name, _today(), verify=False, dry_run=dry_run, yes=yes)
    change_repositories(HOST, asked, partial(plan_disable, convert=convert))


@app.command("check")
def check_command(as_json: AsJson = False) -> None:
    """Say what is to be mended, in whoever's files; exit code 4 if there is something."""
    found = check_repositories(_probe())
    if as_json:
        shown = {
            "problems": [asdict(problem) for problem in found.problems],
            "notes": [asdict(note) for note in found.notes],
        }
        typer.echo(json.dumps(shown, indent=2, ensure_ascii=False))
    else:
        for note in found.notes:
            typer.echo(render_problem(note, "note"))
        if not found.problems:
            typer.echo("Nothing is to be mended.")
    end_with_problems(found.problems, shown=as_json)


app.command("update")(update_command)
app.command("upgrade")(upgrade_command)


def _probe() -> HostSources:
    return probe_host_sources(HOST.run, _today(), HOST.root)


def _today() -> date:
    return datetime.now(UTC).date()


def _others(host: HostSources, sources: Sources) -> tuple[str, ...]:
    """What is known for this release, and named nowhere."""
    named = {name for entry in sources.entries for name in names_of(entry)}
    return tuple(name for name in repositories_of(host.codename or "") if name not in named)


def _row(entry: Entry) -> tuple[str, ...]:
    uris = " ".join(map(without_credentials, entry.uris))
    what = " ".join((" ".join(entry.types), uris, *entry.suites, *entry.components))
    enabled = "yes" if entry.enabled else "no"
    return enabled, ", ".join(names_of(entry)), entry.place, what


def _as_json(host: HostSources, sources: Sources, others: tuple[str, ...]) -> dict[str, object]:
    return {
        "codename": host.codename,
        "proxies": host.proxies,
        "entries": [
            {
                "names": names_of(entry),
                "path": entry.path,
                "line": entry.line,
                "enabled": entry.enabled,
                "types": entry.types,
                "uris": [without_credentials(uri) for uri in entry.uris],
                "suites": entry.suites,
                "components": entry.components,
                "options": entry.options,
            }
            for entry in sources.entries
        ],
        "not_in_any_file": others,
    }
