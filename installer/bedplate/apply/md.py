"""The plan's md array: made of its members, started for an earlier run's sake, and stopped. md(4).

udev starts arrays by itself as their members appear, under whatever name it finds free. So the
array of a run is not known by a name, but by the members that it holds.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from bedplate.apply.devices import partition_path, partition_paths
from bedplate.apply.disks import zero_edges
from bedplate.errors import ApplyError, Problem
from bedplate.model.plan import Array, Plan
from bedplate.render import md_argv
from bedplate.render.argv import joined
from bedplate.run import Runner

_SYS_BLOCK = Path("/sys/class/block")


def create(run: Runner, plan: Plan, array: Array) -> None:
    """Make the array of members that nothing holds, and keep it from synchronising.

    Raises `ApplyError` if it does not have the planned size.
    """
    members = partition_paths(plan, array.members)
    for member in members:
        _forget_data(member, array)
    run(joined(md_argv.create_array(array, members)))
    _take_over(array)


def assemble(run: Runner, plan: Plan, array: Array) -> None:
    """Start the array that an earlier run made, of members that nothing holds."""
    members = partition_paths(plan, array.members)
    run(md_argv.assemble_array(array, members))
    _take_over(array)


def make_alone(run: Runner, array: Array, member: Path) -> None:
    """Have an array run that has this member alone, whose former contents nobody wants.

    What an earlier run made is only started: there may be data on it. An array of an earlier life
    that udev was quick to start is stopped. Raises `ApplyError` if it does not have the planned
    size.
    """
    holders = sorted(arrays_on(member))
    if not _carries(run, member, array):
        for holder in holders:
            run(md_argv.stop_array(holder))
        _forget_data(member, array)
        run(joined(md_argv.create_array(array, [member])))
    elif not holders:
        run(md_argv.assemble_array(array, [member]))
    _check_size(array, _attributes(array))


def stop(run: Runner, plan: Plan, array: Array) -> None:
    """Stop every array that holds a member of this one, if any does."""
    nodes = {holder for member in _members_there(plan, array) for holder in arrays_on(member)}
    for node in sorted(nodes):
        run(md_argv.stop_array(node))


def _members_there(plan: Plan, array: Array) -> Iterator[Path]:
    for guid in array.members:
        try:
            yield partition_path(*plan.partition(guid))
        except ApplyError:
            continue  # its disk has gone; what is left of the array is found by another member


def arrays_on(member: Path) -> Iterator[Path]:
    """The nodes of the arrays that a device is in, also as a spare."""
    for holder in (_SYS_BLOCK / member.name).glob("holders/*"):
        if (_SYS_BLOCK / holder.name / "md").is_dir():
            yield Path("/dev") / holder.name


def _carries(run: Runner, member: Path, array: Array) -> bool:
    """Whether a partition says that it is a member of the array."""
    said = run(md_argv.examine_member(member), check=False).stdout
    uuids = [line.removeprefix("MD_UUID=") for line in said.splitlines() if "MD_UUID=" in line]
    return [uuid.replace(":", "") for uuid in uuids] == [array.uuid.replace("-", "")]


def _forget_data(member: Path, array: Array) -> None:
    """Make the array's place look blank, or it would begin with the PV of an earlier attempt."""
    device = os.open(member, os.O_RDWR)
    try:
        zero_edges(device, [(array.data_offset_bytes, array.size_bytes)])
        os.fsync(device)
    finally:
        os.close(device)


def _take_over(array: Array) -> None:
    """Put off the first synchronisation, which would compete with the install; check the size."""
    attributes = _attributes(array)
    try:
        (attributes / "md/sync_action").write_text("frozen")
    except OSError as error:
        raise ApplyError(_gone(array, error)) from error
    _check_size(array, attributes)


def _check_size(array: Array, attributes: Path) -> None:
    try:
        size_bytes = int((attributes / "size").read_text()) * 512
    except OSError as error:
        raise ApplyError(_gone(array, error)) from error
    if size_bytes != array.size_bytes:
        message = f"has {size_bytes} bytes, planned were {array.size_bytes}"
        raise ApplyError(Problem("array-differs", array.name, message))


def _attributes(array: Array) -> Path:
    return _SYS_BLOCK / md_argv.array_path(array).resolve().name


def _gone(array: Array, error: OSError) -> Problem:
    message = f"does not show up as a running array: {error}"
    return Problem("array-gone", array.name, message)
