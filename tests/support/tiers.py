"""Which kinds of test can run here, found out by doing, and whether those that must run did.

A tier is a folder of `tests`. This module knows the tiers and judges; it does not know pytest,
which is the business of `tests.support.tier_plugin`.
"""

from __future__ import annotations

import functools
import os
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bedplate.errors import CommandError
from bedplate.run import have, run
from bedplate.units import MIB
from tests.support.loop import loop_disk
from tests.support.uml import GAVE_UP, Uml, find_obstacle

TESTS = Path(__file__).parents[1]
REQUIRED_VARIABLE = "BEDPLATE_REQUIRE_TIERS"
# In this order they run: what is quick and breaks first comes first.
TIERS = ("unit", "golden", "check", "loop", "uml", "vm")
_OVMF = Path("/usr/share/OVMF/OVMF_CODE_4M.fd")
_QEMU = "qemu-system-x86_64"


@dataclass(slots=True)
class Tally:
    """What became of the tests of one tier. `obstacle` says why the tier as a whole cannot run."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    obstacle: str | None = None

    @property
    def seen(self) -> bool:
        """Whether there were any."""
        return bool(self.passed or self.failed or self.skipped)

    def __str__(self) -> str:
        if self.obstacle is not None:
            return f"cannot run: {self.obstacle}"
        counts = {"passed": self.passed, "failed": self.failed, "skipped": self.skipped}
        return ", ".join(f"{n} {word}" for word, n in counts.items() if n) or "no test ran"


def tier_of(path: Path) -> str | None:
    """The tier that a test file belongs to, by the folder it is in."""
    folders = path.relative_to(TESTS).parts[:1] if path.is_relative_to(TESTS) else ()
    return folders[0] if folders and folders[0] in TIERS else None


def required_tiers(environment: Mapping[str, str]) -> tuple[str, ...]:
    """The tiers that must run, from BEDPLATE_REQUIRE_TIERS (names with commas between).

    Raises `ValueError` for a name that is no tier: a typing error must not weaken a check.
    """
    names = environment.get(REQUIRED_VARIABLE, "").replace(",", " ").split()
    unknown = [name for name in names if name not in TIERS]
    if unknown:
        known = ", ".join(TIERS)
        raise ValueError(f"{REQUIRED_VARIABLE} has {', '.join(unknown)}; the tiers are {known}")
    return tuple(names)


def missed(tallies: Mapping[str, Tally], required: Iterable[str]) -> tuple[str, ...]:
    """A sentence for every required tier that did not run, or not all of it."""
    return tuple(
        f"tier {name} had to run: {tallies[name]}" for name in required if not _ran(tallies[name])
    )


@functools.cache
def obstacle(tier: str) -> str | None:
    """Why a tier cannot run on this machine, or `None` if it can. Tries it, once per session."""
    probe = _PROBES.get(tier)
    return probe() if probe else None


def _ran(tally: Tally) -> bool:
    return tally.obstacle is None and tally.skipped == 0 and tally.passed + tally.failed > 0


def _probe_loop() -> str | None:
    if os.geteuid() != 0:
        return "attaching loop devices needs root"
    try:
        with (
            tempfile.TemporaryDirectory() as folder,
            loop_disk(Path(folder, "probe.img"), size_bytes=64 * MIB) as disk,
        ):
            run(["sfdisk", "--quiet", "--no-reread", disk.path], stdin="label: gpt\nname=probe\n")
            nodes = disk.tell_kernel()
    except CommandError as error:
        return str(error)
    return None if len(nodes) == 1 else "the kernel shows no partitions of loop devices"


def _probe_uml() -> str | None:
    found = find_obstacle()
    if found is not None:
        return found
    try:
        with tempfile.TemporaryDirectory() as folder:
            Uml(Path(folder)).run_shell("exit 0", deadline=60)
    except (CommandError, AssertionError) as error:
        lines = str(error).splitlines()
        return next((line for line in lines if line.startswith(GAVE_UP)), lines[0])
    return None


def _probe_vm() -> str | None:
    if not have(_QEMU):
        return f"{_QEMU} is not installed"
    if not _OVMF.exists():
        return f"there is no UEFI firmware at {_OVMF} (package ovmf)"
    try:
        machine = ["-machine", "none", "-nodefaults", "-display", "none"]
        run([_QEMU, *machine, "-monitor", "stdio"], stdin="quit\n", timeout=60)
    except CommandError as error:
        return str(error)
    return None


_PROBES: dict[str, Callable[[], str | None]] = {
    "loop": _probe_loop,
    "uml": _probe_uml,
    "vm": _probe_vm,
}
