"""What the commands about the network look at, and what comes of it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from bedplate.cli.net_trial import NetworkHost
from bedplate.cli.plan import read_answer
from bedplate.errors import Problem, RefusedError
from bedplate.facts.ifupdown import probe_check
from bedplate.facts.interfaces import probe_live_network, probe_network_files
from bedplate.facts.network_trial import probe_trial
from bedplate.facts.tools import MissingTool
from bedplate.model.interfaces import Stanza
from bedplate.model.network_files import INTERFACES, IfupdownCheck, LiveNetwork, NetworkChange
from bedplate.model.network_trial import TRIAL, NetworkTrial
from bedplate.plan.network import plan_network
from bedplate.plan.network_change import plan_network_change, wrong_with_check, wrong_with_waiting
from bedplate.render.interfaces import stanzas_of

# These are not opinions: the change is not made while they last.
_OBSTACLES = ("ifupdown2-rejects", "ifupdown2-missing", "new-pending", "on-trial")


@dataclass(frozen=True, slots=True)
class Seen:
    """The change, all that is wrong with it, and what ifupdown2 says of the new file.

    It is only asked by root, and if there is a change.
    """

    change: NetworkChange
    has_file: bool
    check: IfupdownCheck
    trial: NetworkTrial | None


def look(host: NetworkHost, answer: Path | None) -> Seen:
    """Look at the host and think out the change, by an answer file or by interfaces.new.

    Raises `UsageError` if the answer file is invalid, `RefusedError` if the host cannot have what
    it asks for, `FactsError` if the host cannot be read.
    """
    files = probe_network_files(host.root)
    live = probe_live_network(host.run, host.environment)
    wanted = None if answer is None else wanted_stanzas(answer, live)
    change = plan_network_change(files, live, wanted)
    is_root = os.geteuid() == 0
    asks = is_root and not change.is_nothing
    check, said = _check(host, change) if asks else (IfupdownCheck(code=0), ())
    trial = probe_trial(host.root) if is_root else None
    more = (wrong_with_waiting(files, change.after), _wrong_with_trial(trial))
    problems = (*change.problems, *said, *(problem for problem in more if problem is not None))
    return Seen(
        change=change.model_copy(update={"problems": problems}),
        has_file=(host.root / INTERFACES.lstrip("/")).exists(),
        check=check,
        trial=trial,
    )


def refuse(seen: Seen) -> None:
    """Raise `RefusedError` if the change must not be made."""
    if obstacles := [problem for problem in seen.change.problems if problem.code in _OBSTACLES]:
        raise RefusedError(obstacles)


def wanted_stanzas(answer: Path, live: LiveNetwork) -> tuple[Stanza, ...]:
    """What the network of an answer file comes to on this machine."""
    network = plan_network(read_answer(answer).network, live)
    if isinstance(network, tuple):
        raise RefusedError(network)
    return stanzas_of(network)


def _check(host: NetworkHost, change: NetworkChange) -> tuple[IfupdownCheck, tuple[Problem, ...]]:
    """What ifupdown2 says of the new file, and which of that is wrong with it."""
    try:
        new = probe_check(host.run, change.after)
        old = probe_check(host.run, change.before) if new.code else new
    except MissingTool:
        message = "ifupdown2 is not installed, and it is what checks networks and activates them"
        problem = Problem("ifupdown2-missing", "ifup", message, "install the package ifupdown2")
        return IfupdownCheck(code=0), (problem,)
    return new, wrong_with_check(old, new)


def _wrong_with_trial(trial: NetworkTrial | None) -> Problem | None:
    if trial is None:
        return None
    message = "a change waits to be confirmed"
    hint = "run `bedplate net confirm` or `bedplate net revert` first"
    return Problem("on-trial", TRIAL, message, hint)
