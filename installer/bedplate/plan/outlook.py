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
from bedplate.plan.explain import Verdict, explain_group
from bedplate.plan.groups import disks_of, plan_groups
from bedplate.plan.ids import Ids
from bedplate.plan.install import plan_install
from bedplate.plan.sources_files import fitting_release


class Outlook(Value):
    """What would happen. `disks` are verdicts on all disks of the machine, table by table.

    `destroys` is what is on the chosen disks, by disk, and would be lost; with `problems` nothing
    would happen at all.
    """

    disks: tuple[Verdict, ...]
    destroys: tuple[tuple[str, ...], ...]
    warnings: tuple[str, ...]
    problems: tuple[Problem, ...]


def foresee(request: Request, layout: Layout, facts: Facts, manifest: Manifest | None) -> Outlook:
    """The outlook of an installation; without a manifest the size of its base is not judged."""
    groups = plan_groups(request, layout, facts)
    warnings = (*request.warnings, *(w for group in groups for w in group.choice.warnings))
    problems: tuple[Problem, ...] = ()
    try:
        base = manifest or _fitting_base(request)
        warnings = plan_install(request, layout, facts, base, Ids(b"")).warnings
    except RefusedError as refused:
        problems = refused.problems
    return Outlook(
        disks=tuple(verdict for group in groups for verdict in explain_group(group, facts)),
        destroys=tuple(contents_of(disk, facts) for disk in disks_of(groups)),
        warnings=warnings,
        problems=problems,
    )


def _fitting_base(request: Request) -> Manifest:
    """What stands in where nobody said which base system it would be: one that fits everywhere."""
    return Manifest(
        suite=fitting_release(request.repositories),
        architecture="any",
        kernel="any",
        artefacts={BASE: Artefact(sha256="0" * 64, size_bytes=0)},
    )
