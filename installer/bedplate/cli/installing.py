"""A plan made, shown and carried out: what `bedplate.cli.install` is about, once it has begun."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TextIO

import typer
from pydantic import ValidationError

from bedplate.apply.artefacts import Artefacts
from bedplate.apply.disks import check_table
from bedplate.apply.engine import Apply
from bedplate.apply.journal import Journal
from bedplate.cli.asking import agree
from bedplate.cli.bringing import with_brought
from bedplate.cli.plan import check_kernel, make_plan, read_answer
from bedplate.cli.progress import sink_for
from bedplate.config.manifest import load_manifest
from bedplate.errors import ApplyError, Problem, RefusedError, UsageError
from bedplate.events import JsonLines, Sink
from bedplate.facts import probe_disk_facts, probe_facts
from bedplate.facts.saved import load_facts
from bedplate.model.facts import DiskFact, Facts
from bedplate.model.invalid import problems_in
from bedplate.model.plan import Plan, ZfsStorage
from bedplate.model.request import Secrets
from bedplate.model.step import RunInRoot
from bedplate.plan.differences import differences, is_installed
from bedplate.plan.ids import SEED_BYTES
from bedplate.plan.refuse_module import refuse_saved
from bedplate.render.plan_text import render_plan
from bedplate.run import run


def install(
    answer: Path,
    look: Callable[[], Facts],
    artefacts: Artefacts,
    *,
    yes: bool,
    events: Path | None,
    must_match: Path | None,
) -> None:
    """Plan for the machine that `look` shows, ask, install, and check the result.

    `must_match` is a saved facts file.
    """
    request = with_brought(read_answer(answer), artefacts.folder)
    check_kernel(request)
    facts = look()
    if must_match is not None:
        _must_match(load_facts(must_match).disks, facts.disks, str(must_match))
    plan = make_plan(request, facts, artefacts.folder, os.urandom(SEED_BYTES))
    artefacts.want(_sources(plan))
    _confirm(plan, yes=yes)
    with _apply(artefacts, events) as apply:
        apply.start(plan, request.secrets)
    _verify(plan)


def apply_saved(
    plan_file: Path, artefacts: Artefacts, *, yes: bool, events: Path | None, answer: Path | None
) -> None:
    """Carry out a saved plan, and check the result; `answer` is where its secrets are.

    Nothing is done where that plan was carried out before. Raises `RefusedError` if its host could
    not be started under this machine's Secure Boot.
    """
    plan = _load_plan(plan_file)
    facts = probe_facts(run)
    if is_installed(plan, facts):
        typer.echo(f"{plan.hostname} is installed already, by this very plan: nothing to do.")
        return
    artefacts.want(_sources(plan))
    if facts.firmware.secure_boot:
        _check_secure_boot(plan, facts, artefacts.folder)
    secrets = _secrets(answer)
    check_secrets(plan, secrets, str(plan_file))
    _confirm(plan, yes=yes)
    with _apply(artefacts, events) as apply:
        apply.start(plan, secrets)
    _verify(plan)


def resume(artefacts: Artefacts, *, events: Path | None, answer: Path | None) -> None:
    """Carry on with the recorded run, and check the result."""
    with _apply(artefacts, events) as apply:
        plan = apply.resume(_secrets(answer))
    _verify(plan)


def verify(plan_file: Path) -> tuple[Problem, ...]:
    """Everything in which this machine's disks differ from a saved plan."""
    return differences(_load_plan(plan_file), probe_facts(run, network=False))


@contextmanager
def _apply(artefacts: Artefacts, events: Path | None) -> Iterator[Apply]:
    def look_again(only: Collection[str]) -> tuple[DiskFact, ...]:
        return probe_disk_facts(run, only)

    with ExitStack() as stack:
        sinks: list[Sink] = [stack.enter_context(sink_for(sys.stdout))]
        if events is not None:
            sinks.append(JsonLines(stack.enter_context(_open_events(events)), durable=False))
        journal = Journal(Plan)
        yield Apply(
            run, look_again, journal, tuple(sinks), artefacts, look=lambda: probe_facts(run)
        )


@contextmanager
def _open_events(path: Path) -> Iterator[TextIO]:
    try:
        file = path.open("w")
    except OSError as error:
        message = f"cannot be written to: {error.strerror}"
        raise UsageError(Problem("events-unusable", str(path), message)) from error
    with file:
        yield file


def _confirm(plan: Plan, *, yes: bool) -> None:
    typer.echo(render_plan(plan))
    question = "Type yes to overwrite these disks"
    agree(
        "install",
        "what will be destroyed",
        lambda: typer.prompt(question, default="no") == "yes",
        yes=yes,
    )


def _verify(plan: Plan) -> None:
    found = differences(plan, probe_facts(run, network=False))
    if found:
        raise ApplyError(found)
    # Last, for it makes udev read the disks again: a pool looked for meanwhile lacks members.
    for disk in plan.disks:
        check_table(disk)
    typer.echo(f"{plan.hostname} is installed; what is on the disks is what was planned.")


def _sources(plan: Plan) -> tuple[str, ...]:
    """The artefacts whose checksums the plan compares."""
    return tuple(step.artefact for step in plan.steps if step.kind == "verify-artefact")


def _load_plan(path: Path) -> Plan:
    try:
        return Plan.model_validate_json(path.read_bytes())
    except OSError as error:
        message = f"cannot be read: {error.strerror}"
        raise UsageError(Problem("plan-unreadable", str(path), message)) from error
    except ValidationError as error:
        raise UsageError(problems_in(error, "plan-invalid", str(path))) from error


def check_secrets(plan: Plan, secrets: Secrets, where: str) -> None:
    """Before anything is destroyed for a plan that could not be carried out to its end.

    Raises `UsageError` with every secret that the plan needs and that is not there.
    """
    problems: list[Problem] = []
    hint = "name the answer file it is in with --answer"
    if secrets.root_password is None and any(step.kind == "set-password" for step in plan.steps):
        message = "sets the root password, and a plan does not hold it"
        problems.append(Problem("password-needed", where, message, hint))
    datasets = plan.storage.datasets if isinstance(plan.storage, ZfsStorage) else ()
    if secrets.passphrase is None and any(dataset.has_passphrase for dataset in datasets):
        message = "encrypts a dataset with a passphrase, and a plan does not hold it"
        problems.append(Problem("passphrase-needed", where, message, hint))
    hidden = [(file.path, file.secret) for file in plan.files]
    hidden += [(step.id, step.secret) for step in plan.steps if isinstance(step, RunInRoot)]
    for what, key in hidden:
        if key is not None and key not in secrets.by_key:
            message = f"{what} needs the secret `{key}`, and a plan does not hold it"
            problems.append(Problem("secret-needed", where, message, hint))
    if problems:
        raise UsageError(problems)


def _check_secure_boot(plan: Plan, facts: Facts, images: Path) -> None:
    """Raise `RefusedError` with why the machine would not start the host."""
    if problems := tuple(refuse_saved(plan, facts, load_manifest(images))):
        raise RefusedError(problems)


def _secrets(answer: Path | None) -> Secrets:
    return read_answer(answer).secrets if answer is not None else Secrets()


def _must_match(planned: tuple[DiskFact, ...], found: tuple[DiskFact, ...], where: str) -> None:
    if planned != found:
        message = "the disks of this machine are not those of the saved facts"
        raise RefusedError(Problem("facts-differ", where, message, "save the facts again"))
