"""Refusals because of what the machine's disks hold already: uses, name clashes, shared pools.

All of it is decided before anything is wiped. What lies on the chosen disks only and is not in use
is no reason to refuse; it is listed among what will be destroyed, and taken apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bedplate.errors import Problem
from bedplate.model.facts import DiskFact, Facts, LayerFact
from bedplate.model.step import CloseMappings, ReleaseStep, RenameVolumeGroup, StopArray, SwapOff
from bedplate.plan.belongings import (
    is_active,
    phrase_of_group,
    phrase_of_pool,
    pools_on,
    volume_groups_on,
)
from bedplate.plan.elsewhere import Elsewhere
from bedplate.plan.release import RELEASABLE, group_uuid

_TOOLS: Mapping[type, str] = {
    CloseMappings: "dmsetup",
    RenameVolumeGroup: "vgrename",
    StopArray: "mdadm",
    SwapOff: "swapoff",
}
SHARED = "disk-shared"
RELEASE_TOOLS = frozenset(_TOOLS.values())
_ASK = 'unmount or export it first, choose another disk, or set disk-setup.unmount = "yes"'


def refuse_used(elsewhere: Elsewhere, *, unmount: bool) -> Iterator[Problem]:
    """Disks in use, disks that are part of each other, and what needs disks not chosen too.

    With `unmount`, what somebody may be working with is let go of.
    """
    facts, disks = elsewhere.facts, elsewhere.chosen
    active = {uuid for disk in disks for layer in disk.layers if (uuid := group_uuid(layer))}
    for disk in disks:
        work = tuple(_work(disk, facts, unmount=unmount))
        held = tuple(_held(disk, facts, active))
        if work or held:
            yield Problem(
                "disk-in-use",
                disk.id,
                f"{disk.describe()} is in use: {'; '.join((*work, *held))}",
                "unmount, export or deactivate it first, or choose another disk"
                if held or unmount
                else _ASK,
            )
    yield from refuse_incomplete(elsewhere)


def refuse_incomplete(elsewhere: Elsewhere) -> Iterator[Problem]:
    """Disks that are part of each other, and what needs disks not chosen too."""
    yield from _nested(elsewhere.chosen)
    for shared in elsewhere.shared:
        yield Problem(
            SHARED,
            shared.what,
            f"is on {', '.join(shared.lost)}, which would be wiped, and also on "
            f"{', '.join(shared.kept)}, which would not",
            "choose all of its disks or none; a disk that it can spare, take out of it first",
        )


def refuse_release_tools(steps: tuple[ReleaseStep, ...], facts: Facts) -> Iterator[Problem]:
    """Programs that are missing, and that only what is on the disks makes necessary."""
    needed = {_TOOLS[type(step)] for step in steps if type(step) in _TOOLS}
    for tool in sorted(needed & set(facts.missing_tools)):
        yield Problem(
            "tool-missing",
            tool,
            "is not installed, and what is on the disks cannot be taken apart without it",
            f"install the package that has `{tool}`",
        )


def _work(disk: DiskFact, facts: Facts, *, unmount: bool) -> Iterator[str]:
    """What somebody may be working with; with `unmount`, only what the running system is."""
    for thing in disk.things:
        for mount in thing.mounts:
            if not unmount or mount == "/":
                yield f"{thing.path} is mounted on {mount}"
    for pool in pools_on(disk, facts):
        if pool.imported and (not unmount or "/" in pool.mounts or pool.state == "SUSPENDED"):
            yield phrase_of_pool(pool)


def _held(disk: DiskFact, facts: Facts, active: set[str]) -> Iterator[str]:
    """What nothing is known about but that it holds the disk."""
    known = {path for layer in disk.layers for path in (layer.path, layer.node)}
    for thing in disk.things:
        if isinstance(thing, LayerFact):
            if thing.kind not in RELEASABLE:
                yield f"{', '.join(thing.on)} is part of the {thing.kind} device {thing.path}"
        elif strange := [holder for holder in thing.holders if holder not in known]:
            yield f"{thing.path} is held by {', '.join(strange)}"
    for group in volume_groups_on(disk, facts):
        if is_active(group) and group.uuid.replace("-", "") not in active:
            yield phrase_of_group(group)


def _nested(disks: tuple[DiskFact, ...]) -> Iterator[Problem]:
    chosen = {disk.path for disk in disks}
    for disk in disks:
        for layer in disk.layers:
            if layer.path in chosen:
                yield Problem(
                    "disk-nested",
                    disk.id,
                    f"{disk.describe()} is part of {layer.path}, which was chosen too",
                    "choose one of them",
                )
