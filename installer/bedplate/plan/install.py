"""The planner of an installation: request, layout and facts in, the whole plan or all refusals out.

A pure function: no input or output, no clock, no randomness. What it returns says everything that
will be on the disks and everything that will be done.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from bedplate.errors import Problem, RefusedError
from bedplate.model.facts import DiskFact, Facts, FirmwareKind, NicFact
from bedplate.model.layout import BtrfsLayout, Layout, LvmLayout, ZfsLayout
from bedplate.model.manifest import Manifest
from bedplate.model.plan import DiskPlan, LvmStorage, Plan, Role, Storage
from bedplate.model.request import Request
from bedplate.plan.array import lvm_space_bytes, plan_array
from bedplate.plan.boot import keep_arguments, plan_boot, plan_esp
from bedplate.plan.btrfs import plan_btrfs
from bedplate.plan.choose import Choice, choose_disks
from bedplate.plan.choose_nic import choose_nic
from bedplate.plan.files import FilesInput, plan_files
from bedplate.plan.ids import Ids
from bedplate.plan.lvm import plan_volume_group
from bedplate.plan.partitions import SECTOR_SIZES, plan_disks
from bedplate.plan.refuse import (
    disk_maximum,
    hdsize_bytes,
    refuse_disks,
    refuse_machine,
    refuse_manifest,
)
from bedplate.plan.refuse_lvm import refuse_lvm
from bedplate.plan.refuse_used import refuse_used, warn_split
from bedplate.plan.steps import StepsInput, plan_steps
from bedplate.plan.zfs import plan_pool


def plan_install(
    request: Request, layout: Layout, facts: Facts, manifest: Manifest, ids: Ids
) -> Plan:
    """The plan that makes the machine of `facts` the host of `request`.

    Raises `RefusedError` with every reason why it cannot or must not be done.
    """
    choice = choose_disks(request.disks, facts, disk_maximum(layout))
    nic = choose_nic(request.network.nic_filters, facts)
    problems = _problems(request, layout, facts, manifest, choice, nic)
    if problems or isinstance(nic, Problem):
        raise RefusedError(problems)

    hdsize = hdsize_bytes(request, layout)
    disks = plan_disks(choice.disks, layout.storage, hdsize, ids, slack=request.slack)
    storage = _storage(request, layout, facts, choice.disks, disks, ids)
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
        )
    )
    steps = plan_steps(
        StepsInput(
            facts=facts,
            manifest=manifest,
            found=choice.disks,
            disks=disks,
            storage=storage,
            boot=boot,
            esp=plan_esp(storage, boot, arguments.serial),
            fat_ids=fat_ids,
            file_count=len(files),
        )
    )
    return Plan(
        layout=layout.name,
        hostname=request.fqdn,
        made_for=choice.disks,
        disks=disks,
        storage=storage,
        boot=boot,
        files=files,
        steps=steps,
        warnings=(
            *request.warnings,
            *choice.warnings,
            *warn_split(facts, choice.disks),
            *arguments.warnings,
            *_warnings(choice.disks, storage, facts),
        ),
    )


def _problems(
    request: Request,
    layout: Layout,
    facts: Facts,
    manifest: Manifest,
    choice: Choice,
    nic: NicFact | Problem,
) -> tuple[Problem, ...]:
    found = [
        *refuse_machine(layout, facts),
        *refuse_manifest(manifest),
        *choice.problems,
        *refuse_disks(request, layout, facts, choice.disks, choice.asked),
        *refuse_used(layout, facts, choice.disks),
        *refuse_lvm(request, layout, facts, manifest, choice.disks),
    ]
    return (*found, nic) if isinstance(nic, Problem) else tuple(found)


def _storage(
    request: Request,
    layout: Layout,
    facts: Facts,
    found: tuple[DiskFact, ...],
    disks: tuple[DiskPlan, ...],
    ids: Ids,
) -> Storage:
    parts = tuple(part for disk in disks for part in disk.partitions if part.role is Role.DATA)
    members = tuple(part.guid for part in parts)
    match layout.storage:
        case ZfsLayout():
            return plan_pool(layout.storage, members, request.zfs)
        case LvmLayout(array=name):
            array = None if name is None else plan_array(name, parts, ids)
            hdsize = request.lvm.hdsize_bytes
            return plan_volume_group(
                layout.storage,
                members if array is None else (array.uuid,),
                lvm_space_bytes(layout.storage, found, hdsize, slack=request.slack),
                facts.memory_bytes,
                request.lvm,
                ids,
                array,
            )
        case BtrfsLayout():
            return plan_btrfs(layout.storage, members, request.btrfs, ids)
        case other:
            assert_never(other)


def _warnings(disks: tuple[DiskFact, ...], storage: Storage, facts: Facts) -> Iterator[str]:
    """What the operator should know before saying yes."""
    firmware = facts.firmware
    if firmware.kind is FirmwareKind.BIOS:
        yield (
            "The machine was started by a BIOS, so no entries can be made in a UEFI boot list; "
            "UEFI firmware will find each disk by the removable path EFI/BOOT/BOOTX64.EFI."
        )
    elif not firmware.nvram_writable:
        yield (
            "The firmware's boot list cannot be written; it will find each disk by the removable "
            "path EFI/BOOT/BOOTX64.EFI."
        )
    for disk in disks:
        if disk.sector_size != SECTOR_SIZES[0]:
            yield f"{disk.describe()} has 4096-byte sectors: only UEFI can start the host from it."
    if isinstance(storage, LvmStorage) and all(v.type != "thin-pool" for v in storage.volumes):
        yield "There is no room for a thin pool; guests will have to live on the root file system."
