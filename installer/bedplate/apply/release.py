"""Makes what was set up on the disks let go of them, from the top of the stack down.

Whatever is named here is stopped only if all of it lies on the plan's disks at this moment; it is
done already if it is not there any more. A program that still uses it makes the step fail, before
anything on any disk has changed.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import assert_never

from bedplate.apply.devices import disk_path, wait_until
from bedplate.apply.mounts import unmount
from bedplate.errors import ApplyError, Problem
from bedplate.model import step as s
from bedplate.render import md_argv, release_argv, zfs_argv
from bedplate.run import Runner

_SYS_BLOCK = Path("/sys/class/block")
# The stable ids of the disks that a plan is about.
DiskIds = Collection[str]


def carry_out(run: Runner, step: s.ReleaseStep, disks: DiskIds) -> None:
    """Have earlier contents of these disks let go of them; see the module."""
    match step:
        case s.RenameVolumeGroup():
            rename_group(run, step.uuid, step.name)
        case s.RenamePool():
            rename_pool(run, step.guid, step.name)
        case s.Unmount():
            unmount(run, Path(step.at))
        case s.ExportPool():
            export_pool(run, step.pool, step.guid)
        case s.SwapOff():
            swap_off(run, disks, step.device)
        case s.CloseMappings():
            close_mappings(run, disks, step.names)
        case s.StopArray():
            stop_array(run, disks, step.device)
        case s.StopCache():
            stop_cache(disks, step.device)
        case other:
            assert_never(other)


def swap_off(run: Runner, disks: DiskIds, device: str) -> None:
    """Stop swapping to a device."""
    node = Path(device).resolve()
    in_use = {line.split()[0] for line in Path("/proc/swaps").read_text().splitlines()[1:]}
    if in_use & {device, str(node)}:
        _check_ours(disks, [node.name])
        run(release_argv.swap_off(Path(device)))


def export_pool(run: Runner, name: str, guid: str) -> None:
    """Export a pool, unless it is not imported."""
    found = run(release_argv.pool_guid(name), check=False)
    if found.code != 0:
        return
    if found.stdout.strip() != guid:
        message = f"has the guid {found.stdout.strip()}, and the planned one had {guid}"
        raise ApplyError(Problem("stale-plan", f"pool {name}", message, "plan again"))
    run(zfs_argv.export_pool(name))


def close_mappings(run: Runner, disks: DiskIds, names: Iterable[str]) -> None:
    """Take those of the mappings that are there off the device mapper, in this order."""
    nodes = {
        attribute.read_text().strip(): attribute.parents[1].name
        for attribute in _SYS_BLOCK.glob("dm-*/dm/name")
    }
    there = [name for name in names if name in nodes]
    if there:
        _check_ours(disks, [nodes[name] for name in there])
        run(release_argv.close_mappings(there))


def stop_array(run: Runner, disks: DiskIds, device: str) -> None:
    """Stop an md array."""
    name = Path(device).resolve().name
    if (_SYS_BLOCK / name / "md").is_dir():
        _check_ours(disks, [name])
        run(md_argv.stop_array(Path(device)))


def stop_cache(disks: DiskIds, device: str) -> None:
    """Have bcache close a device, and wait until it has.

    The kernel's documentation, bcache.rst: `stop` of a device that is cached, or of the set that
    one is part of.
    """
    name = Path(device).resolve().name
    folder = _SYS_BLOCK / name / "bcache"
    if not folder.is_dir():
        return
    _check_ours(disks, [name])
    switches = [path for path in (folder / "stop", folder / "set" / "stop") if path.exists()]
    for switch in switches[:1]:
        with contextlib.suppress(OSError):  # a set that was stopped takes its devices with it
            switch.write_text("1")
    if not wait_until(lambda: not folder.exists()):
        message = "is still held by bcache"
        raise ApplyError(Problem("not-released", device, message, "look at `dmesg` for the reason"))


def rename_group(run: Runner, uuid: str, name: str) -> None:
    """Give a VG another name, unless it has it already."""
    if run(release_argv.group_name(uuid)).stdout.strip() != name:
        run(release_argv.rename_group(uuid, name))


def rename_pool(run: Runner, guid: str, name: str) -> None:
    """Give an exported pool another name."""
    find, leave = release_argv.rename_pool(guid, name)
    if run(release_argv.pool_guid(name), check=False).stdout.strip() != guid:
        run(find)
    run(leave)


def _check_ours(disks: DiskIds, names: Iterable[str]) -> None:
    """Raise `ApplyError` for each kernel device that does not lie on these disks alone."""
    ours = {disk_path(disk).name for disk in disks}
    problems = []
    for name in names:
        others = sorted(set(_bases(name, ours)) - ours)
        if others:
            message = f"also lies on {', '.join(others)}, which is not one of the plan's disks"
            problems.append(Problem("disk-shared", f"/dev/{name}", message, "plan again"))
    if problems:
        raise ApplyError(problems)


def _bases(name: str, ours: set[str]) -> Iterator[str]:
    """The disks that a kernel device lies on in the end; one of ours may lie on others itself."""
    folder = _SYS_BLOCK / name
    if name in ours:
        yield name
    elif (folder / "partition").exists():
        yield from _bases(folder.resolve().parent.name, ours)
    elif lower := sorted((folder / "slaves").iterdir()):
        for entry in lower:
            yield from _bases(entry.name, ours)
    else:
        yield name
