"""The lab machines of this user: one folder each, with everything that belongs to the machine.

A record says what the machine is and under which process it was last seen; whether it still runs is
found out each time, never believed.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from bedplate.errors import Problem, RefusedError, UsageError
from bedplate.lab.machine import MachineSpec, Places, monitor_option
from bedplate.lab.process import Process
from bedplate.lab.qmp import Monitor
from bedplate.model.value import Value

_NAME: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?")
_RECORD: Final = "machine.json"
_STOP_SECONDS: Final = 30.0


class Record(Value):
    """A lab machine that was set up. `ssh_port` is a port of this host's 127.0.0.1."""

    spec: MachineSpec
    layout: str
    sockets: Path
    pid: int
    ssh_port: int


class State(Value):
    """A recorded machine, and whether it runs."""

    record: Record
    folder: Path
    running: bool


def lab_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Where the machines are kept: `$BEDPLATE_LAB`, else below the user's state folder."""
    if chosen := environment.get("BEDPLATE_LAB"):
        return Path(chosen)
    state = environment.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(state) / "bedplate" / "lab"


def check_name(name: str) -> str:
    """The name, if it can be a machine's (it becomes a host name too); `UsageError` otherwise."""
    if not _NAME.fullmatch(name):
        message = f"{name!r} is not a machine name: 1 to 32 of a-z, 0-9 and inner hyphens"
        raise UsageError(Problem("bad-machine-name", "--name", message))
    return name


class Registry:
    """The folder of all lab machines."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def create(self, name: str) -> Path:
        """A new, empty folder for a machine; `RefusedError` if the name is taken."""
        folder = self.folder / check_name(name)
        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            folder.mkdir(mode=0o700)
        except FileExistsError:
            hint = f"choose another name, or end it with `bedplate lab down {name}`"
            problem = Problem("machine-exists", name, "there is a machine of that name", hint)
            raise RefusedError(problem) from None
        return folder

    def save(self, record: Record) -> None:
        """Write a machine's record into its folder."""
        target = self.folder / record.spec.name / _RECORD
        draft = target.with_suffix(".new")
        draft.write_text(record.model_dump_json(indent=2) + "\n")
        draft.replace(target)

    def states(self) -> tuple[State, ...]:
        """Every recorded machine, by name."""
        records = sorted(self.folder.glob(f"*/{_RECORD}"))
        return tuple(self._state(path.parent) for path in records)

    def get(self, name: str) -> State:
        """The machine of that name; `UsageError` if there is none."""
        folder = self.folder / check_name(name)
        if not (folder / _RECORD).exists():
            known = ", ".join(state.record.spec.name for state in self.states()) or "none"
            message = f"there is no lab machine of that name; there are: {known}"
            raise UsageError(Problem("no-such-machine", name, message))
        return self._state(folder)

    def stop(self, name: str) -> None:
        """End a machine's QEMU, over its monitor if that answers; its folder stays."""
        state = self.get(name)
        places = Places(state.folder, state.record.sockets)
        with closing(Process(state.record.pid)) as process:
            if not process.has(monitor_option(places)):
                return
            monitor = Monitor.connect(places.monitor)
            if monitor is not None:
                monitor.quit()
                monitor.close()
            if not process.ended(_STOP_SECONDS):
                process.kill()

    def remove(self, name: str) -> None:
        """Delete a stopped machine with everything that is its own."""
        state = self.get(name)
        if state.record.sockets != state.folder:
            shutil.rmtree(state.record.sockets, ignore_errors=True)
        shutil.rmtree(state.folder)

    def _state(self, folder: Path) -> State:
        path = folder / _RECORD
        try:
            record = Record.model_validate_json(path.read_bytes())
        except (OSError, ValidationError) as error:
            hint = f"delete {folder} if no QEMU uses it"
            problem = Problem("bad-machine-record", str(path), f"cannot be read: {error}", hint)
            raise UsageError(problem) from error
        with closing(Process(record.pid)) as process:
            running = process.has(monitor_option(Places(folder, record.sockets)))
        return State(record=record, folder=folder, running=running)
