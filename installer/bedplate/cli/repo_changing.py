"""How a command changes the repositories of this host: looked at, thought out, asked, done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import typer

from bedplate.apply.host_change import apply_host_change
from bedplate.apply.lock import locked
from bedplate.cli.asking import agree
from bedplate.cli.errors import render_problem
from bedplate.cli.host_changing import Host
from bedplate.cli.root import require_root
from bedplate.cli.trusting import Trust, require_signed, require_signed_by, require_trusted
from bedplate.errors import Problem, RefusedError, UsageError
from bedplate.facts.archive import read_key
from bedplate.facts.host_sources import probe_host_sources
from bedplate.model.archive import Suite
from bedplate.model.archive_key import RELEASE_KEYS, ArchiveKey, is_fingerprint, operator_key
from bedplate.model.host_change import HostChange, HostFile
from bedplate.model.host_sources import HostSources
from bedplate.model.repository import Entry
from bedplate.plan.repositories import DEBIAN, identify, keyring_of, names_of
from bedplate.plan.repository_change import Wanted, after, find_wanted
from bedplate.plan.repository_check import check_repositories
from bedplate.render.host_change_text import render_change
from bedplate.render.host_diff import render_diff
from bedplate.render.sources import parse_sources

_COMMAND = "bedplate repo"


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for on the command line; `verify` is for what apt is to use from now on.

    `key` is where the archive's key is, if not where it is known to be; `fingerprints` say which
    key a third party's is.
    """

    name: str
    today: date
    verify: bool
    dry_run: bool
    yes: bool
    key: str | None = None
    fingerprints: tuple[str, ...] = ()


def change_repositories(
    host: Host, asked: Asked, think: Callable[[HostSources, Wanted], HostChange]
) -> None:
    """Carry out what `think` makes of the host's repositories, once it is agreed to.

    What is to be used is verified before anything is written, or even asked.
    """
    require_root("change where packages come from")
    _check_fingerprints(asked)
    with locked(host.lock, _COMMAND, "another change of the repositories"):
        before = probe_host_sources(host.run, asked.today, host.root)
        wanted = find_wanted(before, asked.name)
        change = think(before, wanted)
        if asked.verify:
            keyrings = _verified(host, before, change, wanted, asked)
            change = _with_keyrings(change, keyrings)
        if not change.is_nothing:
            _show(before, change)
            if asked.dry_run:
                return
            agree(_COMMAND, "the change", lambda: typer.confirm("Change it?"), yes=asked.yes)
            apply_host_change(host.run, change, host.root)
    typer.echo(change.summary)


def _check_fingerprints(asked: Asked) -> None:
    """Raise `UsageError` for what is none: a short id, such as many keys can be made to have."""
    hint = "all of its 40 or 64 hexadecimal digits are needed"
    problems = [
        Problem("invalid-fingerprint", "--fingerprint", f"{text} does not name a key", hint)
        for text in asked.fingerprints
        if not is_fingerprint(text)
    ]
    if problems:
        raise UsageError(problems)


def _with_keyrings(change: HostChange, keyrings: tuple[HostFile, ...]) -> HostChange:
    """The change with keyrings that are written before what needs them."""
    if not keyrings:
        return change
    files = tuple({file.path: file for file in (*keyrings, *change.files)}.values())
    paths = ", ".join(dict.fromkeys(file.path for file in keyrings))
    summary = f"The key is in {paths} now." if change.is_nothing else change.summary
    return change.model_copy(update={"files": files, "summary": summary})


def _show(before: HostSources, change: HostChange) -> None:
    """What would be written, and what would have to be said about the repositories then."""
    typer.echo(render_diff({file.path: file.text for file in before.files}, change), nl=False)
    typer.echo(render_change(change), nl=False)
    known = check_repositories(before)
    then = check_repositories(after(before, change))
    said = {(problem.code, problem.message) for problem in (*known.problems, *known.notes)}
    for heading, problems in (("problem", then.problems), ("note", then.notes)):
        for problem in problems:
            if (problem.code, problem.message) not in said:
                typer.echo(render_problem(problem, heading), err=True)


def _verified(
    host: Host, before: HostSources, change: HostChange, wanted: Wanted, asked: Asked
) -> tuple[HostFile, ...]:
    """The keyrings that are to be written with it; raises unless what is new can be trusted.

    What is in use already is looked at again where its keyring has gone.
    """
    used = [_said(entry) for entry in parse_sources(before.files).entries if entry.enabled]
    trust = Trust(run=host.run, root=host.root)
    files: list[HostFile] = []
    for entry in parse_sources(after(before, change).files).entries:
        lacks_key = entry.signed_by in before.missing_keyrings and wanted.targets_of(entry)
        if entry.enabled and (_said(entry) not in used or lacks_key):
            files += _vouched(trust, entry, asked)
    return tuple(files)


def _said(entry: Entry) -> dict[str, object]:
    """What an entry says, wherever it stands."""
    return entry.model_dump(exclude={"path", "line"})


def _vouched(trust: Trust, entry: Entry, asked: Asked) -> tuple[HostFile, ...]:
    """As `require_trusted`, for whatever an entry names as its key."""
    known = next((one.known for one in identify(entry) if one.known is not None), None)
    suites = _suites(entry, trust.run(["dpkg", "--print-architecture"]).stdout.strip())
    keyring = "" if known is None else keyring_of(known)
    signed_by = entry.signed_by or keyring
    if known is not None and known.family != DEBIAN and signed_by == keyring:
        key = RELEASE_KEYS[known.codename]
        source = asked.key or key.source
        return require_trusted(trust, suites, key.model_copy(update={"source": source}))
    if "\n" in signed_by:
        require_signed(trust, suites, read_key(entry.place, signed_by.encode()).data)
    elif signed_by.startswith("/") and "," not in signed_by:
        if asked.fingerprints:
            return require_trusted(trust, suites, _third_party_key(signed_by, asked))
        require_signed_by(trust, suites, signed_by)
    else:
        message = "names no keyring of its own, so what signs it cannot be held against anything"
        hint = "add Signed-By (signed-by in a line) with the keyring of its owner"
        raise RefusedError(Problem("no-signed-by", entry.place, message, hint))
    return ()


def _third_party_key(keyring: str, asked: Asked) -> ArchiveKey:
    name = Path(keyring).stem
    key = operator_key(name, asked.key or keyring, asked.fingerprints)
    return key.model_copy(update={"keyring": keyring})


def _suites(entry: Entry, architecture: str) -> list[Suite]:
    """What is to be looked at, as apt would fetch it."""
    components = entry.components
    where = ", ".join(names_of(entry))
    return [
        Suite(uri=uri, suite=suite, components=components, architecture=architecture, where=where)
        for uri in entry.uris
        for suite in entry.suites
    ]
