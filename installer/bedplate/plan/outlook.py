"""What an answer file would come to on a machine, in short: chosen disks, losses, reasons against.

The judgement is the planner's own; only the plan itself is left out.
"""

from __future__ import annotations

from bedplate.errors import Problem, RefusedError
from bedplate.model.artefacts import BASE
from bedplate.model.facts import Facts
from bedplate.model.layout import Layout
from bedplate.model.manifest import Artefact, Manifest
from bedplate.model.request import Request
from bedplate.model.value import Value
from bedplate.plan.belongings import contents_of
from bedplate.plan.explain import Verdict, explain_choice
from bedplate.plan.ids import Ids
from bedplate.plan.install import plan_install
from bedplate.plan.refuse import disk_maximum

# Stands in where nobody said which base system it would be: one that fits everywhere.
_ANY_BASE = Manifest(
    suite="any",
    architecture="any",
    kernel="any",
    artefacts={BASE: Artefact(sha256="0" * 64, size_bytes=0)},
)


class Outlook(Value):
    """What would happen. `disks` are verdicts on all disks of the machine.

    `destroys` is what is on the chosen disks, by disk, and would be lost; with `problems` nothing
    would happen at all.
    """

    disks: tuple[Verdict, ...]
    destroys: tuple[tuple[str, ...], ...]
    warnings: tuple[str, ...]
    problems: tuple[Problem, ...]


def foresee(request: Request, layout: Layout, facts: Facts, manifest: Manifest | None) -> Outlook:
    """The outlook of an installation; without a manifest the size of its base is not judged."""
    choice, verdicts = explain_choice(request.disks, facts, disk_maximum(layout))
    warnings: tuple[str, ...] = (*request.warnings, *choice.warnings)
    problems: tuple[Problem, ...] = ()
    try:
        warnings = plan_install(request, layout, facts, manifest or _ANY_BASE, Ids(b"")).warnings
    except RefusedError as refused:
        problems = refused.problems
    return Outlook(
        disks=verdicts,
        destroys=tuple(contents_of(disk, facts) for disk in choice.disks),
        warnings=warnings,
        problems=problems,
    )
