"""The commands of each kind of step: those of `apply`, from the same functions, on other places.

`$DISK1` and so on are the plan's disks, `$ROOT` is the mounted root, `$WORK/esp/1` the mounted ESP
of the first disk; the functions that are called are those of `plan_script`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path, PurePosixPath
from typing import assert_never

from bedplate.model import step as s
from bedplate.model.hook import HOOKS_FOLDER, WITH_ROOT
from bedplate.model.plan import (
    BtrfsStorage,
    DiskPlan,
    FilePlan,
    LvmStorage,
    Plan,
    Role,
    ZfsStorage,
)
from bedplate.render import (
    boot_argv,
    btrfs_argv,
    lvm_argv,
    md_argv,
    mkfs_argv,
    release_argv,
    target_argv,
    zfs_argv,
)
from bedplate.render.argv import Place
from bedplate.render.clearing import is_signed, signed_partitions, spans_to_clear
from bedplate.render.initramfs import CONFIGURATION
from bedplate.render.plan_script_pool import ROOT, TRAP, create_pool, receive
from bedplate.render.plan_shell import Expanded, continued, expanded, with_input, words
from bedplate.render.sfdisk import render_sfdisk, write_table

_HOOK = f"{HOOKS_FOLDER}/program"
_UNMOUNT_ROOT = 'if mountpoint -q "$ROOT"; then umount "$ROOT"; fi'


def commands(plan: Plan, step: s.Step) -> Iterator[str]:
    """What a step is in shell: lines, or here-documents that end with a line break."""
    match step:
        case s.VerifyArtefact():
            check = words(step.sha256, expanded("IMAGES", f"/{step.artefact}"))
            yield f"printf '%s  %s\\n' {check} | sha256sum --check --quiet"
        case (
            s.RenameVolumeGroup()
            | s.RenamePool()
            | s.Unmount()
            | s.ExportPool()
            | s.SwapOff()
            | s.CloseMappings()
            | s.StopArray()
            | s.StopCache()
        ):
            yield from _release(step)
        case s.ClearDisk():
            yield from _clear(plan, step)
        case s.PartitionDisk():
            yield from _partition(plan, plan.disk(step.disk))
        case s.FormatEsp():
            yield _format_esp(plan, step)
        case s.FormatSwap():
            yield _format_swap(plan, step)
        case s.CreatePool():
            yield from create_pool(_zfs(plan), step, partial(_node, plan))
        case s.CreateArray():
            yield from _create_array(plan, _lvm(plan))
        case s.CreateVolumeGroup():
            yield from _create_volume_group(plan, _lvm(plan))
        case s.CreateVolume():
            yield words(*lvm_argv.create_volume(_lvm(plan), _lvm(plan).volume(step.volume)))
        case s.FormatVolume():
            yield _format_volume(_lvm(plan), step)
        case s.CreateBtrfs():
            yield from _create_btrfs(plan, _btrfs(plan))
        case s.UnpackBase():
            yield from _unpack(plan, step)
        case s.ReceiveBase():
            yield from receive(_zfs(plan), step)
        case s.WriteFiles():
            yield from (_write(file) for file in (*plan.files, plan.record()))
        case s.SetPassword():
            yield f"{words('ask_password', step.user)} | {words(*target_argv.set_password(ROOT))}"
        case s.RunInRoot():
            yield _run_in_root(step)
        case s.MakeHostKeys():
            yield words(*target_argv.make_host_keys(ROOT))
        case s.ExtendInitramfs():
            yield from _extend_initramfs(step)
        case s.FillEsp():
            yield from _fill_esp(plan, step)
        case s.InstallBiosGrub():
            yield from _install_bios_grub(plan, step)
        case s.AddBootEntry():
            yield _add_boot_entry(plan, step)
        case s.RunHook():
            yield from _run_hook(step)
        case s.FinishStorage():
            yield from ("release", "trap - EXIT")
        case s.MarkInstalled():
            esp = _node(plan, step.partition_guid)
            yield words(*mkfs_argv.label_esp(esp, plan.mark))
        case other:
            assert_never(other)


def release(plan: Plan) -> str:
    """The shell function that gives back what the script holds; it is safe to call it twice."""
    unmount_esps = (
        'for esp in "$WORK"/esp/*; do\n'
        '        if mountpoint -q "$esp"; then umount "$esp"; fi\n'
        "    done"
    )
    match plan.storage:
        case ZfsStorage(pool=pool):
            there, export = words(*zfs_argv.find_pool(pool)), words(*zfs_argv.export_pool(pool))
            lines = [f"if {there} >/dev/null 2>&1; then {export}; fi"]
        case LvmStorage() as storage:
            lines = [_UNMOUNT_ROOT, *_let_go(storage)]
        case BtrfsStorage():
            lines = [_UNMOUNT_ROOT]
        case other:
            assert_never(other)
    body = "".join(f"    {line}\n" for line in (unmount_esps, *lines))
    return f"# Unmount everything and let go of the storage.\nrelease() {{\n{body}}}\n"


def _release(step: s.ReleaseStep) -> Iterator[str]:
    match step:
        case s.RenameVolumeGroup():
            yield words(*release_argv.rename_group(step.uuid, step.name))
        case s.RenamePool():
            yield from (words(*argv) for argv in release_argv.rename_pool(step.guid, step.name))
        case s.Unmount():
            yield words(*release_argv.unmount(Path(step.at)))
        case s.ExportPool():
            yield words(*zfs_argv.export_pool(step.pool))
        case s.SwapOff():
            yield words(*release_argv.swap_off(Path(step.device)))
        case s.CloseMappings():
            yield words(*release_argv.close_mappings(step.names))
        case s.StopArray():
            yield words(*md_argv.stop_array(Path(step.device)))
        case s.StopCache():
            yield words("stop_cache", step.device)
        case other:
            assert_never(other)


def _clear(plan: Plan, step: s.ClearDisk) -> Iterator[str]:
    found = plan.found(step.disk)
    disk = _disk(plan, step.disk)
    nodes = [_part(plan, found.id, number) for number in signed_partitions(found)]
    if is_signed(found):
        nodes.append(disk)
    if nodes:
        yield words(*release_argv.wipe_signatures(nodes))
    for start, size in spans_to_clear(found):
        yield words("zero_edges", disk, str(start), str(size))


def _partition(plan: Plan, disk: DiskPlan) -> Iterator[str]:
    node = _disk(plan, disk.id)
    for part in disk.partitions:
        if part.role is not Role.BIOS_BOOT:
            start = part.first_sector * disk.sector_size
            yield words("zero_edges", node, str(start), str(part.size_bytes))
    yield with_input(words(*write_table(node)), render_sfdisk(disk).encode())
    yield words("read_table", node)


def _format_esp(plan: Plan, step: s.FormatEsp) -> str:
    sector_size = plan.disk(step.disk).sector_size
    place = _node(plan, step.partition_guid)
    return words(*mkfs_argv.make_esp(place, step.fat_id, sector_size))


def _format_swap(plan: Plan, step: s.FormatSwap) -> str:
    place = _node(plan, step.partition_guid)
    return words(*mkfs_argv.make_filesystem(place, "swap", step.uuid))


def _let_go(storage: LvmStorage) -> Iterator[str]:
    """In shell, the group and its array given back; whatever of it was not made yet is passed."""
    deactivate = words(*lvm_argv.deactivate_group(storage))
    if (array := storage.array) is None:
        yield deactivate
        return
    node = md_argv.array_path(array)
    yield f"if {words('vgs', storage.vg)} >/dev/null 2>&1; then {deactivate}; fi"
    yield f"if [ -b {words(node)} ]; then {words(*md_argv.stop_array(node))}; fi"


def _create_array(plan: Plan, storage: LvmStorage) -> Iterator[str]:
    array = storage.array
    assert array is not None
    members = _nodes(plan, array.members)
    for member in members:
        # Or the array would begin with the PV of an earlier attempt.
        yield words("zero_edges", member, str(array.data_offset_bytes), str(array.size_bytes))
    yield continued(md_argv.create_array(array, members))
    yield TRAP
    # The first synchronisation would compete with the install.
    name = f'"$(basename "$(realpath {words(md_argv.array_path(array))})")"'
    yield f"echo frozen >/sys/class/block/{name}/md/sync_action"


def _create_volume_group(plan: Plan, storage: LvmStorage) -> Iterator[str]:
    pvs = _pvs(plan, storage)
    yield words(*lvm_argv.create_pvs(pvs))
    yield words(*lvm_argv.create_group(storage, pvs))
    yield TRAP


def _pvs(plan: Plan, storage: LvmStorage) -> list[Place]:
    if storage.array is not None:
        return [md_argv.array_path(storage.array)]
    return _nodes(plan, storage.pvs)


def _format_volume(storage: LvmStorage, step: s.FormatVolume) -> str:
    device = lvm_argv.volume_path(storage, step.volume)
    return words(*mkfs_argv.make_filesystem(device, step.filesystem, step.uuid))


def _create_btrfs(plan: Plan, storage: BtrfsStorage) -> Iterator[str]:
    members = _nodes(plan, storage.members)
    yield continued(btrfs_argv.make(storage, members))
    yield words("mkdir", "-p", ROOT)
    yield TRAP
    yield words("mount", *btrfs_argv.mount_options(storage, members), members[0], ROOT)
    for name in storage.subvolumes:
        yield words("mkdir", "-p", expanded("ROOT", f"/{PurePosixPath(name).parent}"))
        yield words(*btrfs_argv.create_subvolume(expanded("ROOT", f"/{name}")))


def _unpack(plan: Plan, step: s.UnpackBase) -> Iterator[str]:
    if isinstance(plan.storage, LvmStorage):
        yield words("mkdir", "-p", ROOT)
        yield words("mount", lvm_argv.volume_path(plan.storage, lvm_argv.ROOT_VOLUME), ROOT)
    image = expanded("IMAGES", f"/{step.artefact}")
    yield words(*target_argv.unpack(image, ROOT))


def _write(file: FilePlan) -> str:
    if file.link is not None:
        return words("put_link", file.link, file.path)
    if file.secret is not None:
        put = words("put", f"{file.mode:04o}", file.path)
        return with_input(words("fill_secret", file.secret), file.data(), put)
    return with_input(words("put", f"{file.mode:04o}", file.path), file.data())


def _run_in_root(step: s.RunInRoot) -> str:
    """In the new system; an exit code other than 0 may be as good."""
    command = words(*target_argv.run_in(ROOT, step.argv))
    if step.secret is not None:
        return with_input(words("fill_secret", step.secret), step.text.encode(), command)
    if step.text:
        return with_input(command, step.text.encode())
    others = [f'[ "$?" -eq {code} ]' for code in step.codes if code != 0]
    return " || ".join([command, *others])


def _run_hook(step: s.RunHook) -> Iterator[str]:
    """It would read the plan and the facts; here it finds nothing to read."""
    yield with_input(words("install", "-D", "-m", "0700", "/dev/stdin", _HOOK), step.data())
    root = words(expanded("ROOT") if step.point in WITH_ROOT else "")
    limit = words("timeout", "--kill-after=10", str(step.timeout_seconds), _HOOK)
    yield f"BEDPLATE_POINT={step.point} BEDPLATE_ROOT={root} {limit} </dev/null"


def _extend_initramfs(step: s.ExtendInitramfs) -> Iterator[str]:
    """An archive must start on a boundary; the kernel makes no folders that are not in it."""
    initrd, part = expanded("ROOT", step.initrd), expanded("ROOT", f"{step.initrd}.part")
    yield words("cp", "--preserve", initrd, part)
    yield words("truncate", "--size=%512", part)
    scripts = [path for path in step.paths if path.startswith(f"{CONFIGURATION}/")]
    yield _archive([path for path in step.paths if path not in scripts], "", part)
    if scripts:
        yield _archive(scripts, CONFIGURATION, part)
    yield words("sync", part)
    yield words("mv", "-f", part, initrd)


def _archive(files: list[str], below: str, part: Expanded) -> str:
    """Append files to an initramfs, by their names below a folder of the new system."""
    paths = [PurePosixPath(path.removeprefix(below).lstrip("/")) for path in files]
    listed = {str(parent) for path in paths for parent in path.parents[:-1]} | set(map(str, paths))
    names, folder = words(*sorted(listed)), expanded("ROOT", below)
    cpio = "cpio --quiet --create --format=newc --owner=0:0"
    return f"(cd {folder} && printf '%s\\n' {names} | {cpio}) >>{part}"


def _fill_esp(plan: Plan, step: s.FillEsp) -> Iterator[str]:
    yield _mount_esp(plan, step.partition_guid)
    for text in step.texts:
        place = _esp(plan, step.partition_guid, f"/{text.path}")
        yield with_input(words("write", place), text.content.encode())
    for copy in step.copies:
        yield words("copy", copy.source, _esp(plan, step.partition_guid, f"/{copy.path}"))


def _install_bios_grub(plan: Plan, step: s.InstallBiosGrub) -> Iterator[str]:
    if step.reads == "esp":
        yield _mount_esp(plan, step.partition_guid)
        directory = _esp(plan, step.partition_guid)
    else:
        directory = expanded("ROOT", "/boot")
    yield words(*boot_argv.install_grub(_real(plan, step.disk), directory))


def _add_boot_entry(plan: Plan, step: s.AddBootEntry) -> str:
    """A firmware that refuses uses the default path; that is no reason to stop."""
    _, part = plan.partition(step.partition_guid)
    warning = "the firmware took no boot entry, it will use the default path"
    return continued(
        [
            *boot_argv.add_boot_entry(step, _real(plan, step.disk), part),
            [Expanded("||"), "echo", warning],
        ]
    )


def _mount_esp(plan: Plan, guid: str) -> str:
    return words("mount_esp", _node(plan, guid), _esp(plan, guid))


def _esp(plan: Plan, guid: str, path: str = "") -> Expanded:
    disk, _ = plan.partition(guid)
    return expanded("WORK", f"/esp/{plan.number(disk.id)}{path}")


def _disk(plan: Plan, disk_id: str) -> Expanded:
    return expanded(f"DISK{plan.number(disk_id)}")


def _real(plan: Plan, disk_id: str) -> Expanded:
    """The node behind a by-id name: not every program that writes to a disk follows links."""
    return Expanded(f'"$(realpath {_disk(plan, disk_id)})"')


def _node(plan: Plan, guid: str) -> Expanded:
    disk, part = plan.partition(guid)
    return _part(plan, disk.id, part.number)


def _nodes(plan: Plan, guids: tuple[str, ...]) -> list[Place]:
    return [_node(plan, guid) for guid in guids]


def _part(plan: Plan, disk_id: str, number: int) -> Expanded:
    """A partition by its by-id name; a disk without one is named by its path (loop devices)."""
    by_path = "p" if disk_id[-1].isdigit() else ""
    separator = by_path if disk_id.startswith("/") else "-part"
    return expanded(f"DISK{plan.number(disk_id)}", f"{separator}{number}")


def _zfs(plan: Plan) -> ZfsStorage:
    assert isinstance(plan.storage, ZfsStorage)
    return plan.storage


def _lvm(plan: Plan) -> LvmStorage:
    assert isinstance(plan.storage, LvmStorage)
    return plan.storage


def _btrfs(plan: Plan) -> BtrfsStorage:
    assert isinstance(plan.storage, BtrfsStorage)
    return plan.storage
