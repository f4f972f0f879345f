"""What a host is to be: all that is decided before its files and the steps are written down.

Files and steps follow from the same decisions; they stand here once, for both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import assert_never

from bedplate.model.facts import DiskFact, Facts
from bedplate.model.layout import BtrfsLayout, Layout, LvmLayout, ZfsLayout
from bedplate.model.manifest import Manifest
from bedplate.model.network import Network
from bedplate.model.plan import Boot, DiskPlan, Role, Storage
from bedplate.model.request import Request
from bedplate.plan.array import lvm_space_bytes, plan_array
from bedplate.plan.boot import KernelArguments, keep_arguments, plan_boot
from bedplate.plan.btrfs import plan_btrfs
from bedplate.plan.groups import Group, disks_of
from bedplate.plan.ids import Ids
from bedplate.plan.lvm import plan_volume_group
from bedplate.plan.partitions import plan_disks
from bedplate.plan.settings_install import with_pool_settings, zfs_options
from bedplate.plan.sources import plan_sources
from bedplate.plan.zfs import plan_pool


@dataclass(frozen=True, slots=True)
class Design:
    """A host to be, and what it is made from.

    `found` are the chosen disks as they are now, `sources` the artefacts that the root is made of,
    `fat_ids` and `swap_ids` are by disk id.
    """

    request: Request
    facts: Facts
    manifest: Manifest
    ids: Ids
    network: Network
    found: tuple[DiskFact, ...]
    disks: tuple[DiskPlan, ...]
    storage: Storage
    arguments: KernelArguments
    boot: Boot
    sources: tuple[str, ...]
    fat_ids: Mapping[str, str]
    swap_ids: Mapping[str, str]


def plan_design(
    request: Request,
    layout: Layout,
    facts: Facts,
    manifest: Manifest,
    ids: Ids,
    groups: tuple[Group, ...],
    network: Network,
) -> Design:
    """The host on the chosen disks, with its network; nothing speaks against it any more."""
    disks = tuple(
        disk for group in groups for disk in plan_disks(group.disks, layout.storage, group.use, ids)
    )
    storage = _storage(request, layout, facts, groups[0], disks, ids)
    arguments = keep_arguments(facts.kernel_cmdline)
    return Design(
        request=request,
        facts=facts,
        manifest=manifest,
        ids=ids,
        network=network,
        found=disks_of(groups),
        disks=disks,
        storage=storage,
        arguments=arguments,
        boot=plan_boot(
            manifest.kernel,
            disks,
            storage,
            arguments,
            secure_boot=facts.firmware.secure_boot,
        ),
        sources=plan_sources(storage, manifest),
        fat_ids={disk.id: ids.fat_id(f"esp:{disk.id}") for disk in disks},
        swap_ids={
            disk.id: ids.guid(f"swap:{disk.id}") for disk in disks if disk.by_role(Role.SWAP)
        },
    )


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
            options = zfs_options(request, layout)
            pool = plan_pool(layout.storage, members, options, request.special)
            return with_pool_settings(pool, request.settings.zfs)
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
