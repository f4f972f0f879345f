"""What the operator should know before saying yes to a plan that can be carried out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from bedplate.model.facts import Facts, FirmwareKind
from bedplate.model.plan import BtrfsStorage, LvmStorage, Role, Storage, ZfsStorage
from bedplate.model.request import LvmOptions, Request
from bedplate.plan.groups import Group
from bedplate.plan.partitions import SECTOR_SIZES, os_size_bytes
from bedplate.plan.settings_install import arc_of
from bedplate.plan.zfs import arc_max_bytes, encrypts_root
from bedplate.units import MIB, human


def warn(
    request: Request, groups: tuple[Group, ...], storage: Storage, facts: Facts
) -> Iterator[str]:
    """All warnings about what is planned."""
    yield from _firmware(facts)
    yield from _arc(request, facts)
    for disk in (disk for group in groups for disk in group.disks):
        if disk.sector_size != SECTOR_SIZES[0]:
            yield f"{disk.describe()} has 4096-byte sectors: only UEFI can start the host from it."
    match storage:
        case LvmStorage():
            yield from _volumes(request.lvm, groups[0], storage)
        case ZfsStorage():
            yield from _pool(groups, storage)
        case BtrfsStorage():
            pass
        case other:
            assert_never(other)


def _pool(groups: tuple[Group, ...], storage: ZfsStorage) -> Iterator[str]:
    yield from _special(groups)
    yield from _keys(storage)
    if any(Role.SWAP in group.use.behind for group in groups):
        yield from _swap(storage)


def _firmware(facts: Facts) -> Iterator[str]:
    if facts.firmware.kind is FirmwareKind.BIOS:
        yield (
            "The machine was started by a BIOS, so no entries can be made in a UEFI boot list; "
            "UEFI firmware will find each disk by the removable path EFI/BOOT/BOOTX64.EFI."
        )
    elif not facts.firmware.nvram_writable:
        yield (
            "The firmware's boot list cannot be written; it will find each disk by the removable "
            "path EFI/BOOT/BOOTX64.EFI."
        )


def _volumes(options: LvmOptions, group: Group, storage: LvmStorage) -> Iterator[str]:
    """Where the original's rules give something else than was asked for, and say nothing."""
    size = group.disks[0].size_bytes
    taken = sum(volume.size_bytes for volume in storage.volumes if volume.type == "linear")
    rest = os_size_bytes(size, group.use.limit_bytes(size)) - taken
    if options.minfree_bytes is not None and options.minfree_bytes >= rest:
        yield (
            f"disk-setup.lvm.minfree asks for {human(options.minfree_bytes)}, and root and swap "
            f"leave {human(rest)}: the default is kept free instead."
        )
    if options.maxvz_bytes != 0 and all(volume.type != "thin-pool" for volume in storage.volumes):
        yield "There is no room for a thin pool; guests will have to live on the root file system."


def _arc(request: Request, facts: Facts) -> Iterator[str]:
    arc = arc_of(request)
    wanted = (arc.arc_max_mib or 0) * MIB
    planned = arc_max_bytes(facts.memory_bytes, arc.arc_max_mib)
    if planned < wanted:
        yield (
            f"{arc.arc_key} is limited to {human(planned)}: the machine has "
            f"{human(facts.memory_bytes)} of memory, of which 1 GiB is left to the host."
        )


def _special(groups: tuple[Group, ...]) -> Iterator[str]:
    """The pool is lost with its special device, so that has to last as long as the data."""
    if len(groups) < 2:
        return
    data, special = (group.spare_disks for group in groups)
    if special < data:
        yield (
            f"The data survives the loss of {data} disks, the special device of {special}: the "
            "pool is lost with either."
        )


def _keys(storage: ZfsStorage) -> Iterator[str]:
    for dataset in storage.datasets:
        if dataset.key_file is not None:
            yield (
                f"The key of {dataset.name} is kept in {dataset.key_file}, on the root of the same "
                "pool: whoever has the disks has the key, until the file is moved elsewhere. "
                "Without the file the data is lost; keep a copy."
            )
    if encrypts_root(storage):
        yield (
            "The root file system is encrypted with a passphrase: the host waits at every start "
            "until somebody types it in on the console."
        )


def _swap(storage: ZfsStorage) -> Iterator[str]:
    if any("keyformat" in dataset.properties for dataset in storage.datasets):
        yield (
            "Swap is not encrypted: what was read from an encrypted dataset can end up there in "
            "the clear."
        )
