"""How a changed network is tried: begun, watched, kept, and taken back."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import typer

from bedplate.apply.files import put_file
from bedplate.apply.host_change import apply_host_change
from bedplate.apply.network_trial import (
    LOST_SECONDS,
    NETWORK_LOCK,
    WAKE,
    network_locked,
    now,
    tell_systemd,
    wake,
    wakeable,
    watch,
)
from bedplate.errors import ApplyError, BedplateError, CommandError, Problem, RefusedError
from bedplate.facts.interfaces import read_interfaces
from bedplate.facts.network_trial import probe_boot, probe_outcome, probe_trial
from bedplate.facts.reach import probe_reachable
from bedplate.facts.tools import MissingTool
from bedplate.model.network_files import INTERFACES
from bedplate.model.network_trial import OUTCOME, REJECTED, TRIAL, Ending, NetworkTrial
from bedplate.plan.network_trial import plan_activation, plan_keep, plan_mark, plan_return
from bedplate.render.ifupdown_argv import (
    TRIAL_UNIT,
    reload_interfaces,
    restart_interfaces,
    start_trial,
)
from bedplate.run import Runner, run


@dataclass(frozen=True, slots=True)
class NetworkHost:
    """The host whose network a command is about: this one, or one that a test made up."""

    run: Runner = run
    root: Path = Path("/")
    lock: Path = NETWORK_LOCK
    wake: Path = WAKE
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)


_BECAUSE = {
    Ending.OUT_OF_TIME: "nobody confirmed it in time",
    Ending.GATEWAY_LOST: f"the gateway did not answer for {LOST_SECONDS:g} seconds",
    Ending.STOPPED: f"{TRIAL_UNIT} was stopped",
}


def begin(host: NetworkHost, trial: NetworkTrial) -> None:
    """Have the unit activate a file, and return once that is done; it is watched from then on.

    The unit belongs to nobody's session, so it outlives this program and the connection. Raises
    `ApplyError` if the file could not be activated: then everything is as before.
    """
    apply_host_change(host.run, plan_mark(trial), host.root)
    put_file(host.root / OUTCOME.lstrip("/"), b"", 0o644)
    try:
        host.run(start_trial())
    except CommandError as error:
        with network_locked(host.lock, typer.echo):
            if probe_trial(host.root) is not None:
                apply_host_change(host.run, plan_return(trial), host.root)
        why = probe_outcome(host.root) or str(error)
        message = f"the change was not activated, and everything is as before: {why}"
        hint = f"the file that was tried is {REJECTED}"
        raise ApplyError(Problem("net-not-activated", INTERFACES, message, hint)) from error


def attend(host: NetworkHost) -> None:
    """Activate what is on trial and watch it until that is over. The work of the unit."""
    trial = probe_trial(host.root)
    if trial is None:
        return
    with wakeable(host.wake) as wait:
        try:
            trial = _activated(host, trial)
            tell_systemd("READY=1")
            assert trial.deadline is not None
            ending = watch(
                trial.deadline,
                undecided=lambda: probe_trial(host.root) is not None,
                reaches=lambda: _reaches(host, trial),
                wait=wait,
            )
        except KeyboardInterrupt:
            ending = Ending.STOPPED
    if ending is not Ending.DECIDED:
        with network_locked(host.lock, typer.echo):
            still = probe_trial(host.root)
            if still is not None:
                go_back(host, still, _BECAUSE[ending])


def keep(host: NetworkHost) -> None:
    """End a trial well. Raises `RefusedError` if none is on."""
    with network_locked(host.lock, typer.echo):
        trial = _on_trial(host)
        if trial.deadline is None:
            message = "the change has not been activated yet"
            raise RefusedError(Problem("not-activated", TRIAL, message, "wait for it"))
        change = plan_keep(trial)
        apply_host_change(host.run, change, host.root)
    wake(host.wake)
    typer.echo(change.summary)


def take_back(host: NetworkHost) -> None:
    """End a trial badly, at once. Raises `RefusedError` if none is on."""
    with network_locked(host.lock, typer.echo):
        go_back(host, _on_trial(host), "that was asked for")
    wake(host.wake)
    typer.echo(f"The network is as it was before; the file that was tried is {REJECTED}")


def restore(host: NetworkHost) -> None:
    """Put the old file back, if the machine went off while a network was on trial."""
    trial = probe_trial(host.root)
    if trial is None or trial.boot == probe_boot(host.root):
        return
    with network_locked(host.lock):
        apply_host_change(host.run, plan_return(trial), host.root)
    _note(host, "the machine was started anew before anybody confirmed it")


def go_back(host: NetworkHost, trial: NetworkTrial, why: str) -> None:
    """Have the old file back and in effect. Nothing that fails on the way stops what follows."""
    change = plan_return(trial)
    apply_host_change(host.run, change, host.root)
    _note(host, why)
    if trial.deadline is None and not _is_active(host, trial):
        return
    host.run(reload_interfaces(), check=False)
    if trial.families and not _comes_back(host, trial):
        # What ifreload does not undo, taking everything down and up again does.
        host.run(restart_interfaces(), check=False)


def _on_trial(host: NetworkHost) -> NetworkTrial:
    trial = probe_trial(host.root)
    if trial is None:
        message = "no change of the network waits to be confirmed"
        raise RefusedError(Problem("no-trial", INTERFACES, message))
    return trial


def _activated(host: NetworkHost, trial: NetworkTrial) -> NetworkTrial:
    """The trial once its file is active; one that this unit activated before it died is already."""
    if trial.deadline is not None:
        return trial
    with network_locked(host.lock, typer.echo):
        try:
            apply_host_change(host.run, plan_activation(trial), host.root)
        except BedplateError as error:
            apply_host_change(host.run, plan_return(trial), host.root)
            _note(host, str(error))
            raise
        active = trial.model_copy(update={"deadline": now() + trial.seconds})
        apply_host_change(host.run, plan_mark(active), host.root)
    return active


def _is_active(host: NetworkHost, trial: NetworkTrial) -> bool:
    file = read_interfaces(host.root, INTERFACES)
    return file is not None and file.text == trial.after


def _comes_back(host: NetworkHost, trial: NetworkTrial) -> bool:
    with wakeable(host.wake.with_name(f"{host.wake.name}.back")) as wait:
        ending = watch(
            now() + LOST_SECONDS,
            undecided=lambda: not _reaches(host, trial),
            reaches=lambda: True,
            wait=wait,
        )
    return ending is Ending.DECIDED


def _reaches(host: NetworkHost, trial: NetworkTrial) -> bool:
    """Whether every gateway that answered before has one that does so now."""
    try:
        return set(trial.families) <= set(probe_reachable(host.run))
    except (BedplateError, MissingTool):
        return False


def _note(host: NetworkHost, why: str) -> None:
    text = f"The change of the network went back: {why}."
    put_file(host.root / OUTCOME.lstrip("/"), f"{text}\n".encode(), 0o644)
    typer.echo(text)
