"""The planner of an installation: request, layout and facts in, the whole plan or all refusals out.

A pure function: no input or output, no clock, no randomness. What it returns says everything that
will be on the disks and everything that will be done.
"""

from __future__ import annotations

from bedplate.errors import Problem, RefusedError
from bedplate.model.facts import Facts
from bedplate.model.layout import Layout, ZfsLayout
from bedplate.model.manifest import Manifest
from bedplate.model.plan import Plan
from bedplate.model.request import Request
from bedplate.plan.arc import refuse_arc
from bedplate.plan.clashes import clashes, plan_renames, refuse_clashes, warn_renames
from bedplate.plan.design import plan_design
from bedplate.plan.elsewhere import Elsewhere, Store
from bedplate.plan.files import plan_files
from bedplate.plan.groups import Group, disks_of, plan_groups, refuse_shared
from bedplate.plan.ids import Ids
from bedplate.plan.network import plan_network, warn_network
from bedplate.plan.refuse import refuse_disks, refuse_machine, refuse_manifest
from bedplate.plan.refuse_lvm import refuse_lvm
from bedplate.plan.refuse_module import refuse_zfs
from bedplate.plan.refuse_used import refuse_release_tools, refuse_used
from bedplate.plan.release import plan_release
from bedplate.plan.settings_install import (
    NewHost,
    arc_of,
    installed_commands,
    warn_later,
)
from bedplate.plan.sources_files import refuse_repositories, warn_repositories
from bedplate.plan.steps import plan_steps
from bedplate.plan.warn import warn


def plan_install(
    request: Request, layout: Layout, facts: Facts, manifest: Manifest, ids: Ids
) -> Plan:
    """The plan that makes the machine of `facts` the host of `request`.

    Raises `RefusedError` with every reason why it cannot or must not be done.
    """
    groups = plan_groups(request, layout, facts)
    network = plan_network(request.network, facts)
    elsewhere = Elsewhere(facts, disks_of(groups))
    namesakes = clashes(layout, elsewhere)
    release = (*plan_renames(namesakes), *plan_release(facts, elsewhere.chosen))
    problems = (
        *_problems(request, layout, manifest, groups, elsewhere, namesakes),
        *refuse_release_tools(release, facts),
        *(network if isinstance(network, tuple) else ()),
    )
    if problems or isinstance(network, tuple):
        raise RefusedError(problems)

    design = plan_design(request, layout, facts, manifest, ids, groups, network)
    files = plan_files(design)
    host = NewHost(request, facts, manifest, design.storage)
    commands = tuple(installed_commands(host, {file.path: file for file in files}))
    return Plan(
        layout=layout.name,
        hostname=request.fqdn,
        made_for=design.found,
        disks=design.disks,
        storage=design.storage,
        boot=design.boot,
        files=files,
        steps=plan_steps(design, release, file_count=len(files), commands=commands),
        warnings=(
            *request.warnings,
            *warn_repositories(request.repositories, manifest.suite),
            *(warning for group in groups for warning in group.choice.warnings),
            *warn_renames(namesakes),
            *design.arguments.warnings,
            *warn(request, groups, design.storage, facts),
            *warn_network(request.network, facts),
            *warn_later(host),
        ),
    )


def _problems(
    request: Request,
    layout: Layout,
    manifest: Manifest,
    groups: tuple[Group, ...],
    elsewhere: Elsewhere,
    namesakes: tuple[Store, ...],
) -> tuple[Problem, ...]:
    facts = elsewhere.facts
    problems = (
        *refuse_machine(request, layout, facts),
        *refuse_arc(facts.memory_bytes, arc_of(request)),
        *refuse_manifest(manifest),
        *refuse_repositories(request.repositories, manifest.suite),
        *(refuse_zfs(facts, manifest) if isinstance(layout.storage, ZfsLayout) else ()),
        *(problem for group in groups for problem in group.choice.problems),
        *refuse_shared(groups),
        *(p for group in groups for p in refuse_disks(group, request, layout, facts)),
        *refuse_used(elsewhere, unmount=request.unmount),
        *refuse_clashes(namesakes, elsewhere, request.rename),
        *refuse_lvm(request, layout, facts, manifest, groups[0]),
    )
    # A disk that two tables mean is looked at for each of them.
    return tuple(dict.fromkeys(problems))
