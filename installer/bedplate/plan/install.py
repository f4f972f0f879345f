"""The planner of an installation: request, layout and facts in, the whole plan or all refusals out.

A pure function: no input or output, no clock, no randomness. What it returns says everything that
will be on the disks and everything that will be done.
"""

from __future__ import annotations

from typing import assert_never

from bedplate.errors import Problem, RefusedError
from bedplate.model.facts import Facts
from bedplate.model.layout import BtrfsLayout, Layout, LvmLayout, ZfsLayout
from bedplate.model.manifest import Manifest
from bedplate.model.plan import DiskPlan, Plan, Role, Storage
from bedplate.model.request import Request
from bedplate.plan.array import lvm_space_bytes, plan_array
from bedplate.plan.boot import keep_arguments, plan_boot, plan_esp
from bedplate.plan.btrfs import plan_btrfs
from bedplate.plan.choose_nic import choose_nic
from bedplate.plan.clashes import clashes, plan_renames, refuse_clashes, warn_renames
from bedplate.plan.elsewhere import Elsewhere, Store
from bedplate.plan.files import FilesInput, plan_files
from bedplate.plan.groups import Group, plan_groups, refuse_shared
from bedplate.plan.ids import Ids
from bedplate.plan.lvm import plan_volume_group
from bedplate.plan.partitions import plan_disks
from bedplate.plan.refuse import refuse_disks, refuse_machine, refuse_manifest
from bedplate.plan.refuse_lvm import refuse_lvm
from bedplate.plan.refuse_used import refuse_release_tools, refuse_used
from bedplate.plan.release import plan_release
from bedplate.plan.steps import StepsInput, plan_steps
from bedplate.plan.warn import warn
from bedplate.plan.zfs import plan_pool


def plan_install(
    request: Request, layout: Layout, facts: Facts, manifest: Manifest, ids: Ids
) -> Plan:
    """The plan that makes the machine of `facts` the host of `request`.

    Raises `RefusedError` with every reason why it cannot or must not be done.
    """
    groups = plan_groups(request, layout, facts)
    nic = choose_nic(request.network.nic_filters, facts)
    found = tuple({disk.path: disk for group in groups for disk in group.disks}.values())
    elsewhere = Elsewhere(facts, found)
    namesakes = clashes(layout, elsewhere)
    release = (*plan_renames(namesakes), *plan_release(facts, found))
    problems = (
        *_problems(request, layout, manifest, groups, elsewhere, namesakes),
        *refuse_release_tools(release, facts),
        *((nic,) if isinstance(nic, Problem) else ()),
    )
    if problems or isinstance(nic, Problem):
        raise RefusedError(problems)

    disks = tuple(
        disk for group in groups for disk in plan_disks(group.disks, layout.storage, group.use, ids)
    )
    storage = _storage(request, layout, facts, groups[0], disks, ids)
    swap_ids = {disk.id: ids.guid(f"swap:{disk.id}") for disk in disks if disk.by_role(Role.SWAP)}
    arguments = keep_arguments(facts.kernel_cmdline)
    boot = plan_boot(manifest.kernel, disks, storage, arguments)
    fat_ids = {disk.id: ids.fat_id(f"esp:{disk.id}") for disk in disks}
    files = plan_files(
        FilesInput(
            request=request,
            facts=facts,
            manifest=manifest,
            ids=ids,
            nic=nic,
            storage=storage,
            boot=boot,
            arguments=arguments,
            fat_ids=tuple(fat_ids.values()),
            swap_ids=tuple(swap_ids.values()),
        )
    )
    steps = plan_steps(
        StepsInput(
            facts=facts,
            manifest=manifest,
            found=found,
            release=release,
            disks=disks,
            storage=storage,
            boot=boot,
            esp=plan_esp(storage, boot, arguments.serial),
            fat_ids=fat_ids,
            swap_ids=swap_ids,
            file_count=len(files),
        )
    )
    return Plan(
        layout=layout.name,
        hostname=request.fqdn,
        made_for=found,
        disks=disks,
        storage=storage,
        boot=boot,
        files=files,
        steps=steps,
        warnings=(
            *request.warnings,
            *(warning for group in groups for warning in group.choice.warnings),
            *warn_renames(namesakes),
            *arguments.warnings,
            *warn(request, groups, storage, facts),
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
        *refuse_manifest(manifest),
        *(problem for group in groups for problem in group.choice.problems),
        *refuse_shared(groups),
        *(p for group in groups for p in refuse_disks(group, request, layout, facts)),
        *refuse_used(request, elsewhere),
        *refuse_clashes(namesakes, elsewhere, request.rename),
        *refuse_lvm(request, layout, facts, manifest, groups[0]),
    )
    # A disk that two tables mean is looked at for each of them.
    return tuple(dict.fromkeys(problems))


def _storage(
    request: Request,
    layout: Layout,
    facts: Facts,
    data: Group,
    disks: tuple[DiskPlan, ...],
    ids: Ids,
) -> Storage:
    parts = tuple(part for disk in disks for part in disk.partitions)
    members: dict[Role, tuple[str, ...]] = {}
    for part in parts:
        members[part.role] = (*members.get(part.role, ()), part.guid)
    match layout.storage:
        case ZfsLayout():
            return plan_pool(layout.storage, members, request.zfs, request.special)
        case LvmLayout(array=name):
            of_array = tuple(part for part in parts if part.role is Role.DATA)
            array = None if name is None else plan_array(name, of_array, ids)
            return plan_volume_group(
                layout.storage,
                members[Role.DATA] if array is None else (array.uuid,),
                lvm_space_bytes(layout.storage, data.disks, data.use),
                facts.memory_bytes,
                request.lvm,
                ids,
                array,
            )
        case BtrfsLayout():
            return plan_btrfs(layout.storage, members[Role.DATA], request.btrfs, ids)
        case other:
            assert_never(other)
