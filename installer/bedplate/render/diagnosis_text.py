"""A diagnosis as text: each boot disk with a verdict in one line, and below it the reasons."""

from __future__ import annotations

from collections.abc import Iterator

from bedplate.errors import Problem
from bedplate.model.diagnosis import BootDisk, Diagnosis


def render_diagnosis(found: Diagnosis) -> str:
    """The whole diagnosis; ends in one line that says it all."""
    lines = [line for disk in found.disks for line in _disk(disk)]
    if found.problems:
        lines += ["The host:", *(line for p in found.problems for line in _reason(p, named=True))]
    return "".join(f"{line}\n" for line in (*lines, *found.notes, _summary(found)))


def _disk(disk: BootDisk) -> Iterator[str]:
    starts = [v.firmware.upper() for v in disk.verdicts if not v.faults]
    fails = [v.firmware.upper() for v in disk.verdicts if v.faults]
    verdict = [f"starts the host under {' and '.join(starts)}"] if starts else []
    verdict += [f"does NOT start it under {' and '.join(fails)}"] if fails else []
    yield f"{disk.title}: {', '.join(verdict)}"
    for kernel in dict.fromkeys(v.started for v in disk.verdicts if v.started):
        under = " and ".join(v.firmware.upper() for v in disk.verdicts if v.started == kernel)
        yield f"  started {kernel} under {under}"
    # What is wrong under both firmwares is said once.
    problems = (p for v in disk.verdicts for p in (*v.faults, *v.warnings))
    for problem in dict.fromkeys(problems):
        yield from _reason(problem, named=False)


def _reason(problem: Problem, *, named: bool) -> Iterator[str]:
    yield f"  {problem.where + ' ' if named else ''}{problem.message}"
    if problem.hint:
        yield f"    {problem.hint}"


def _summary(found: Diagnosis) -> str:
    number = len(found.disks)
    if not number:
        return "This host has no boot disk that is kept bootable."
    if found.is_well:
        return "Every boot disk starts the host." if number > 1 else "The boot disk is well."
    wrong = sum(not disk.is_well for disk in found.disks)
    return f"{wrong} of {number} boot disk(s) and {len(found.problems)} other thing(s) to mend."
