"""`bedplate repo update` and `upgrade`: the manual's two commands, with a plan and a look after."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer

from bedplate.apply.packages import fetch_upgrade, install_upgrade, update_lists
from bedplate.cli.asking import agree
from bedplate.cli.errors import render_problem
from bedplate.cli.options import AsJson, DryRun, Yes
from bedplate.cli.progress import shown_as_busy, sink_for
from bedplate.cli.root import require_root
from bedplate.errors import BedplateError, CommandError, ExitCode, Problem, RefusedError
from bedplate.events import Clock
from bedplate.facts.kernels import probe_host_kernels
from bedplate.facts.packages import (
    probe_packages,
    probe_reboot_wish,
    probe_set_aside,
    probe_upgrade,
    probe_was_interrupted,
)
from bedplate.model.apt_message import AptMessage
from bedplate.model.diagnosis import Diagnosis
from bedplate.model.updates import Outcome, Package, Upgrade
from bedplate.plan.kernels import select_kernels
from bedplate.plan.upgrade import changes_between, reboot_reasons, refuse_removals, refuse_state
from bedplate.render.diagnosis_text import render_diagnosis
from bedplate.render.upgrade_text import (
    render_counts,
    render_outcome,
    render_restart,
    render_upgrade,
)
from bedplate.run import Runner, run

_COMMAND = "repo upgrade"

Force = Annotated[
    bool, typer.Option("--force", help="Also if packages go that this host stands on.")
]


def _examine() -> Diagnosis:
    # It takes a while to load, and only an upgrade that did something needs it.
    from bedplate.cli.doctor import examine

    return examine(boot=False)


@dataclass(frozen=True, slots=True)
class Updated:
    """The host that is brought up to date: this one, or one that a test made up."""

    run: Runner = run
    root: Path = Path("/")
    examine: Callable[[], Diagnosis] = _examine


HOST = Updated()


@dataclass(frozen=True, slots=True)
class How:
    """What was said on the command line. As JSON, a plan is all there is without a `yes`."""

    dry_run: bool = False
    as_json: bool = False
    yes: bool = False
    force: bool = False

    @property
    def only_plans(self) -> bool:
        """Whether nothing is to be changed."""
        return self.dry_run or (self.as_json and not self.yes)


def update_command(as_json: AsJson = False) -> None:
    """Fetch the lists of packages, and say what is new."""
    require_root("fetch lists of packages")
    update(HOST, as_json=as_json)


def upgrade_command(
    dry_run: DryRun = False, as_json: AsJson = False, yes: Yes = False, force: Force = False
) -> None:
    """Bring every package up to date; --json prints the plan, with --yes what came of it."""
    require_root("change packages")
    upgrade(HOST, How(dry_run, as_json, yes, force))


def update(host: Updated, *, as_json: bool) -> None:
    """Fetch the lists of packages.

    Raises `CommandError` with everything that apt calls an error; what it warns of is told.
    """
    with _progress(shown=not as_json) as clock:
        warnings = update_lists(host.run, clock)
    found = probe_upgrade(host.run)
    if as_json:
        _print_json({"warnings": _problems(warnings), "upgrade": found.model_dump(mode="json")})
        return
    _warn(warnings)
    typer.echo("The lists of packages are up to date.")
    typer.echo(render_counts(found))


def upgrade(host: Updated, how: How) -> None:
    """Plan, ask, upgrade, and look at the host again.

    Ends with exit code 4 if one of the disks that start the host needs something then. Raises
    `RefusedError` if dpkg has to be mended first, or if the host would lose what it stands on.
    """
    with shown_as_busy("Looking at the packages", sys.stderr):
        before = probe_packages(host.run)
        _require_sound(host, before)
        planned = probe_upgrade(host.run)
    if not how.as_json:
        typer.echo(render_upgrade(planned), nl=False)
    _require_kept(host, planned, force=how.force)
    if how.only_plans or not planned.changes:
        _end_with_plan(host, planned, how)
        return
    agree(_COMMAND, "the upgrade", lambda: typer.confirm("Upgrade?"), yes=how.yes)
    outcome = _carry_out(host, planned, before, shown=not how.as_json)
    _show(planned, outcome, as_json=how.as_json)
    if outcome.diagnosis is not None and not outcome.diagnosis.is_well:
        raise typer.Exit(ExitCode.DIFFERS)


def _end_with_plan(host: Updated, planned: Upgrade, how: How) -> None:
    """A restart may be due since the last upgrade."""
    if how.as_json:
        _print_json({"upgrade": planned.model_dump(mode="json")})
    elif not planned.changes:
        typer.echo(render_restart(_reboot(host)), nl=False)


def _require_sound(host: Updated, packages: Sequence[Package]) -> None:
    if problems := _unsound(host, packages):
        raise RefusedError(problems)


def _unsound(host: Updated, packages: Sequence[Package]) -> tuple[Problem, ...]:
    return refuse_state(packages, was_interrupted=probe_was_interrupted(host.root))


def _require_kept(host: Updated, planned: Upgrade, *, force: bool) -> None:
    running = probe_host_kernels(host.run, host.root).running
    problems = refuse_removals(planned, running)
    if problems and not force:
        raise RefusedError(problems)


def _carry_out(
    host: Updated, planned: Upgrade, before: Sequence[Package], *, shown: bool
) -> Outcome:
    set_aside = probe_set_aside(host.root)
    with _progress(shown=shown) as clock:
        warnings = fetch_upgrade(host.run, planned, clock)
        try:
            warnings += install_upgrade(host.run, planned, clock)
        except CommandError as error:
            raise CommandError(
                [*error.problems, *_unsound(host, probe_packages(host.run))]
            ) from error
    _warn(warnings)
    return Outcome(
        changed=changes_between(before, probe_packages(host.run)),
        reboot=_reboot(host),
        set_aside=tuple(sorted(probe_set_aside(host.root) - set_aside)),
        diagnosis=_diagnosis(host),
    )


def _reboot(host: Updated) -> tuple[str, ...]:
    kernels = probe_host_kernels(host.run, host.root)
    default = select_kernels(kernels).default
    return tuple(reboot_reasons(kernels.running, default, probe_reboot_wish(host.root)))


def _diagnosis(host: Updated) -> Diagnosis | None:
    """What there is to say of the boot disks; a host that starts in another way has nobody to."""
    try:
        return host.examine()
    except BedplateError as error:
        for problem in error.problems:
            typer.echo(render_problem(problem, "not looked at"), err=True)
        return None


def _show(planned: Upgrade, outcome: Outcome, *, as_json: bool) -> None:
    if as_json:
        plan = planned.model_dump(mode="json")
        _print_json({"upgrade": plan, **outcome.model_dump(mode="json")})
        return
    typer.echo(render_outcome(outcome), nl=False)
    if outcome.diagnosis is not None:
        typer.echo(render_diagnosis(outcome.diagnosis), nl=False)


@contextmanager
def _progress(*, shown: bool) -> Iterator[Clock]:
    if not shown:
        yield Clock(())
        return
    with sink_for(sys.stdout) as sink:
        yield Clock((sink,))


def _warn(messages: Sequence[AptMessage]) -> None:
    for message in messages:
        typer.echo(render_problem(message.problem(), "warning"), err=True)


def _problems(messages: Sequence[AptMessage]) -> list[dict[str, str]]:
    return [asdict(message.problem()) for message in messages]


def _print_json(found: object) -> None:
    typer.echo(json.dumps(found, indent=2, ensure_ascii=False))
