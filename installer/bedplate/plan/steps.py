"""The steps that turn the machine into what the plan says, in order.

Ids are stable: they name the kind of step and what it acts on, so that a journal of a broken run
fits the plan of the next one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from bedplate.model.artefacts import BASE, STREAM
from bedplate.model.facts import FirmwareKind
from bedplate.model.host_change import HostCommand
from bedplate.model.nvram import boot_label
from bedplate.model.plan import (
    BtrfsStorage,
    Dataset,
    DiskPlan,
    LvmStorage,
    PartitionPlan,
    Role,
    ZfsStorage,
)
from bedplate.model.step import (
    AddBootEntry,
    CreateArray,
    CreateBtrfs,
    CreatePool,
    CreateVolume,
    CreateVolumeGroup,
    ExtendInitramfs,
    FillEsp,
    FinishStorage,
    FormatEsp,
    FormatSwap,
    FormatVolume,
    InstallBiosGrub,
    MakeHostKeys,
    MarkInstalled,
    PartitionDisk,
    Phase,
    ReceiveBase,
    ReleaseStep,
    RunInRoot,
    SetPassword,
    Step,
    UnpackBase,
    VerifyArtefact,
    WriteFiles,
)
from bedplate.plan.boot import efi_loader_path, plan_esp
from bedplate.plan.design import Design
from bedplate.plan.files import initramfs_files
from bedplate.plan.hooks import plan_hooks
from bedplate.plan.release import clear_disk
from bedplate.units import human


def plan_steps(
    given: Design,
    release: tuple[ReleaseStep, ...],
    *,
    file_count: int,
    commands: tuple[HostCommand, ...] = (),
) -> tuple[Step, ...]:
    """All the steps of an installation; those of `release` take apart what is on the disks."""
    hooks = given.request.hooks
    return (
        *_disks(given, release),
        *plan_hooks(hooks, "after-partitioning"),
        *_storage(given),
        *plan_hooks(hooks, "before-unpack"),
        *_base(given),
        *plan_hooks(hooks, "after-unpack"),
        *_system(given, file_count, commands),
        *_boot(given),
        *plan_hooks(hooks, "before-final-check"),
        _finish(given),
        *_marks(given),
    )


def _disks(given: Design, release: tuple[ReleaseStep, ...]) -> Iterator[Step]:
    for name in given.sources:
        artefact = given.manifest.artefacts[name]
        yield VerifyArtefact(
            id=f"verify-artefact:{name}",
            phase=Phase.CHECK,
            summary=f"Compare the checksum of {name} with the manifest's",
            artefact=name,
            sha256=artefact.sha256,
            size_bytes=artefact.size_bytes,
            pieces=artefact.pieces,
        )
    yield from plan_hooks(given.request.hooks, "before-partitioning")
    yield from release
    for found in given.found:
        yield clear_disk(found, given.facts)
    for disk in given.disks:
        yield PartitionDisk(
            id=f"partition-disk:{disk.id}",
            phase=Phase.PARTITION,
            summary=f"Write a GPT with {len(disk.partitions)} partitions to {disk.path}",
            disk=disk.id,
        )
    for disk in given.disks:
        esp = _esp(disk)
        yield FormatEsp(
            id=f"format-esp:{disk.id}",
            phase=Phase.PARTITION,
            summary=f"Make a FAT32 file system {given.fat_ids[disk.id]} on the ESP of {disk.path}",
            disk=disk.id,
            partition_guid=esp.guid,
            fat_id=given.fat_ids[disk.id],
        )


def _storage(given: Design) -> Iterator[Step]:
    for disk in given.disks:
        swap = disk.by_role(Role.SWAP)
        if swap is not None:
            yield FormatSwap(
                id=f"format-swap:{disk.id}",
                phase=Phase.STORAGE,
                summary=f"Make {human(swap.size_bytes)} of swap space on {disk.path}",
                disk=disk.id,
                partition_guid=swap.guid,
                uuid=given.swap_ids[disk.id],
            )
    if given.boot.esp_sync:
        # It reads nothing but its ESP, and waits for disks most of its time: so does a pool.
        yield from _bios_grub(given, Phase.STORAGE)
    match given.storage:
        case ZfsStorage() as storage:
            yield _create_pool(storage, given.sources)
        case LvmStorage() as storage:
            yield from _create_volume_group(storage)
        case BtrfsStorage() as storage:
            yield _create_btrfs(storage)
        case other:
            assert_never(other)


def _create_pool(storage: ZfsStorage, sources: tuple[str, ...]) -> Step:
    members = sum(len(vdev.members) for vdev in storage.vdevs)
    kinds = ", ".join(vdev.title for vdev in storage.vdevs)
    datasets = storage.datasets[: _root_place(storage)] if STREAM in sources else storage.datasets
    return CreatePool(
        id=f"create-pool:{storage.pool}",
        phase=Phase.STORAGE,
        summary=f"Create the pool {storage.pool} on {members} partitions ({kinds})"
        f"{_and_keys(datasets)}",
        datasets=tuple(dataset.name for dataset in datasets),
    )


def _receive_base(storage: ZfsStorage) -> Step:
    """With the datasets behind the root, which may be mounted or have their keys inside it."""
    datasets = storage.datasets[_root_place(storage) + 1 :]
    names = ", ".join(dataset.name for dataset in datasets)
    return ReceiveBase(
        id=f"receive-base:{STREAM}",
        phase=Phase.UNPACK,
        summary=f"Receive the base system as {storage.root_dataset}"
        f"{f', then create {names}' if names else ''}{_and_keys(datasets)}",
        artefact=STREAM,
        datasets=tuple(dataset.name for dataset in datasets),
    )


def _root_place(storage: ZfsStorage) -> int:
    return [dataset.name for dataset in storage.datasets].index(storage.root_dataset)


def _and_keys(datasets: tuple[Dataset, ...]) -> str:
    return "".join(f", and a key for {one.name}" for one in datasets if one.key_file)


def _create_volume_group(storage: LvmStorage) -> Iterator[Step]:
    if (array := storage.array) is not None:
        yield CreateArray(
            id=f"create-array:{array.name}",
            phase=Phase.STORAGE,
            summary=f"Create the array {array.name} of {human(array.size_bytes)} on "
            f"{len(array.members)} partitions (md RAID1)",
        )
    yield CreateVolumeGroup(
        id=f"create-volume-group:{storage.vg}",
        phase=Phase.STORAGE,
        summary=f"Create the volume group {storage.vg}",
    )
    for volume in storage.volumes:
        name = f"{storage.vg}/{volume.name}"
        yield CreateVolume(
            id=f"create-volume:{name}",
            phase=Phase.STORAGE,
            summary=f"Create the {volume.type} volume {name} of {human(volume.size_bytes)}",
            volume=volume.name,
        )
    for volume in storage.volumes:
        if volume.filesystem is None or volume.uuid is None:
            continue
        name = f"{storage.vg}/{volume.name}"
        yield FormatVolume(
            id=f"format-volume:{name}",
            phase=Phase.STORAGE,
            summary=f"Make {volume.filesystem} on {name}",
            volume=volume.name,
            filesystem=volume.filesystem,
            uuid=volume.uuid,
        )


def _create_btrfs(storage: BtrfsStorage) -> Step:
    profiles = f"data {storage.data.value}, metadata {storage.metadata.value}"
    return CreateBtrfs(
        id="create-btrfs",
        phase=Phase.STORAGE,
        summary=f"Make a btrfs on {len(storage.members)} partitions ({profiles})",
    )


def _system(given: Design, file_count: int, commands: tuple[HostCommand, ...]) -> Iterator[Step]:
    kernel, paths = given.boot.kernel, initramfs_files(given.storage, given.network)
    yield WriteFiles(
        id="write-files",
        phase=Phase.CONFIGURE,
        summary=f"Write {file_count} files of this host",
    )
    for number, command in enumerate(commands, start=1):
        yield RunInRoot(
            id=f"run-in-root:{number}:{command.argv[0]}",
            phase=Phase.CONFIGURE,
            summary=f"Run {' '.join(command.argv)} in the new system",
            argv=command.argv,
            text=command.text,
            secret=command.secret,
            codes=command.codes,
        )
    yield ExtendInitramfs(
        id=f"extend-initramfs:{kernel}",
        phase=Phase.CONFIGURE,
        summary=f"Append {', '.join(paths)} to the initramfs",
        initrd=f"/boot/initrd.img-{kernel}",
        paths=paths,
    )
    yield SetPassword(
        id="set-password:root", phase=Phase.CONFIGURE, summary="Set root's password", user="root"
    )
    yield MakeHostKeys(
        id="make-host-keys", phase=Phase.CONFIGURE, summary="Generate the SSH host keys"
    )


def _base(given: Design) -> Iterator[Step]:
    for name in given.sources:
        if name == STREAM:
            assert isinstance(given.storage, ZfsStorage)
            yield _receive_base(given.storage)
            continue
        what = "the base system" if name == BASE else "bedplate over the base system"
        yield UnpackBase(
            id=f"unpack-base:{name}", phase=Phase.UNPACK, summary=f"Unpack {what}", artefact=name
        )


def _boot(given: Design) -> Iterator[Step]:
    content = plan_esp(given.storage, given.boot, given.arguments.serial)
    for disk in given.disks:
        what = "kernel and loaders" if given.boot.esp_sync else "shim and GRUB"
        yield FillEsp(
            id=f"fill-esp:{disk.id}",
            phase=Phase.BOOT,
            summary=f"Put {what} on the ESP of {disk.path}",
            disk=disk.id,
            partition_guid=_esp(disk).guid,
            copies=content.copies,
            texts=content.texts,
        )
    if not given.boot.esp_sync:
        yield from _bios_grub(given, Phase.BOOT)
    if given.facts.firmware.kind is FirmwareKind.UEFI:
        yield from _boot_entries(given)


def _bios_grub(given: Design, phase: Phase) -> Iterator[Step]:
    """GRUB for BIOS on every disk that has room for it."""
    for disk in given.disks:
        if disk.by_role(Role.BIOS_BOOT) is None:
            continue
        yield InstallBiosGrub(
            id=f"install-bios-grub:{disk.id}",
            phase=phase,
            summary=f"Install GRUB for BIOS on {disk.path}",
            disk=disk.id,
            partition_guid=_esp(disk).guid,
            reads="esp" if given.boot.esp_sync else "root",
        )


def _boot_entries(given: Design) -> Iterator[Step]:
    """Last disk first: firmware tools put a new entry in front, and the first disk is to lead."""
    serials = {disk.id: disk.serial for disk in given.found}
    for disk in reversed(given.disks):
        yield AddBootEntry(
            id=f"add-boot-entry:{disk.id}",
            phase=Phase.BOOT,
            summary=f"Enter the loader of {disk.path} into the firmware's boot list",
            disk=disk.id,
            partition_guid=_esp(disk).guid,
            label=boot_label(serials[disk.id], disk.id),
            loader=efi_loader_path(given.boot),
        )


def _finish(given: Design) -> Step:
    match given.storage:
        case ZfsStorage(pool=name) | LvmStorage(vg=name):
            pass
        case BtrfsStorage():
            name = "btrfs"
        case other:
            assert_never(other)
    return FinishStorage(
        id=f"finish-storage:{name}",
        phase=Phase.FINISH,
        summary=f"Let go of {name}",
    )


def _marks(given: Design) -> Iterator[Step]:
    for disk in given.disks:
        yield MarkInstalled(
            id=f"mark-installed:{disk.id}",
            phase=Phase.FINISH,
            summary=f"Label the ESP of {disk.path} as that of a finished installation",
            disk=disk.id,
            partition_guid=_esp(disk).guid,
        )


def _esp(disk: DiskPlan) -> PartitionPlan:
    esp = disk.by_role(Role.ESP)
    assert esp is not None, f"{disk.id} is planned without an ESP"
    return esp
