"""Mounts that give themselves back, in the reverse of the order they were made in."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path

from bedplate.apply.interrupt import shielded
from bedplate.errors import BedplateError, Problem
from bedplate.model.mountinfo import parse_mountinfo
from bedplate.render import release_argv
from bedplate.run import Runner

_MOUNTINFO = Path("/proc/self/mountinfo")


@dataclass(slots=True)
class Held:
    """What a run holds on the machine (mounts, an imported pool, an active volume group).

    Every taking registers how to give back before it takes, so that a failure half-way through is
    undone too. Giving back goes on after an error, and reports every one of them.
    """

    _undo: list[tuple[str, Callable[[], object]]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, what: str, give_back: Callable[[], object]) -> None:
        """Remember that `what` is held from now on. `give_back` must be harmless if it is not."""
        with self._lock:
            self._undo.append((what, give_back))

    def release(self) -> None:
        """Give everything back, last taken first; raises one error with all that failed."""
        problems: list[Problem] = []
        with shielded():
            while self._undo:
                what, give_back = self._undo.pop()
                try:
                    give_back()
                except BedplateError as error:
                    problems += [
                        Problem("not-released", what, str(problem)) for problem in error.problems
                    ]
        if problems:
            raise BedplateError(problems)


def mount(run: Runner, held: Held, device: Path, at: Path, *options: str) -> Path:
    """Mount a device at a folder that is made if need be; it is held until `held` is released."""
    at.mkdir(parents=True, exist_ok=True)
    held.take(f"mount {at}", lambda: unmount(run, at))
    unmount(run, at)  # a killed run leaves it mounted
    run(["mount", *options, device, at])
    return at


def unmount(run: Runner, at: Path) -> None:
    """Unmount a folder if something is mounted there."""
    if at.is_mount():
        run(release_argv.unmount(at))


def mounted_below(root: Path) -> tuple[Path, ...]:
    """What is mounted inside a folder, first mounted first; not what is mounted at it."""
    places = (Path(one.target) for one in parse_mountinfo(_MOUNTINFO.read_text()))
    return tuple(at for at in places if root in at.parents)


def unmount_others(run: Runner, root: Path, ours: Collection[Path]) -> None:
    """Unmount what is mounted inside a folder and was not there before, last mounted first."""
    for at in reversed(mounted_below(root)):
        if at not in ours:
            unmount(run, at)
