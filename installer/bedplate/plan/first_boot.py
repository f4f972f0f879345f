"""What a new host does at its first start: the files by which it knows, and how it went."""

from __future__ import annotations

from collections.abc import Iterator

from bedplate.errors import Problem
from bedplate.model.first_boot import (
    JOB,
    LOG,
    ORDERINGS,
    OUTCOME,
    PROGRAM,
    TO_BE_MENDED,
    FirstBoot,
    FirstBootOutcome,
    pending,
)
from bedplate.model.plan import FilePlan
from bedplate.render.first_boot_text import describe_outcome

_PRIVATE = 0o600
_PROGRAM = 0o700

FIRST_BOOT_PATHS = frozenset({JOB, PROGRAM, *map(pending, ORDERINGS)})


def first_boot_files(asked: FirstBoot | None) -> Iterator[FilePlan]:
    """The job, its program, and the mark that has the unit of its ordering run; only root's."""
    if asked is None:
        return
    job = asked.job.model_dump_json(indent=2) + "\n"
    yield FilePlan(path=JOB, mode=_PRIVATE, content=job)
    yield FilePlan(path=pending(asked.job.ordering), mode=_PRIVATE, content="")
    if asked.program is not None:
        yield FilePlan(path=PROGRAM, mode=_PROGRAM, content=asked.program)
    elif asked.program_hex is not None:
        yield FilePlan(path=PROGRAM, mode=_PROGRAM, hex=asked.program_hex)


def refuse_outcome(found: FirstBootOutcome | None) -> Iterator[Problem]:
    """Why somebody has to look after a first boot that did not end well."""
    if found is None or found.state not in TO_BE_MENDED:
        return
    if found.state == "unreadable":
        message = f"is not known to have been done: {found.said}"
        hint = f"remove {OUTCOME}; `bedplate first-boot run --again` then does all of it anew"
    else:
        message = f"of this host has failed {found.attempts} time(s): {found.said}"
        hint = f"see {LOG}; `bedplate first-boot run --again` tries what is left"
    yield Problem("first-boot-failed", "the first boot", message, hint)


def note_outcome(found: FirstBootOutcome | None) -> tuple[str, ...]:
    """One that nobody has to look after, in a sentence."""
    return () if found is None or found.state in TO_BE_MENDED else (describe_outcome(found),)
