"""What has to let go of the chosen disks before they can be wiped, as steps from the top down.

Swap, mappings, arrays and caches that nobody uses are stopped without a word more: they are listed,
and go with the disks. File systems that are mounted and pools that are imported may be somebody's
work, and are let go of only if the answer file says so; see `refuse_used`.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from bedplate.model.facts import DiskFact, Facts, LayerFact, LayerKind
from bedplate.model.step import (
    ClearDisk,
    CloseMappings,
    ExportPool,
    Phase,
    ReleaseStep,
    StopArray,
    StopCache,
    SwapOff,
    Unmount,
)
from bedplate.plan.belongings import contents_of, pools_on

_MAPPED = frozenset({LayerKind.LVM, LayerKind.CRYPT, LayerKind.MAPPING})
_ARRAYS = frozenset({LayerKind.ARRAY, LayerKind.CONTAINER})
# Gone with what they lie on.
_IMPLIED = frozenset({LayerKind.PARTITION, LayerKind.BCACHE})
RELEASABLE = _MAPPED | _ARRAYS | _IMPLIED | {LayerKind.CACHE}
_MAPPER = "/dev/mapper/"
# The UUID of a volume is LVM-, the one of its group, its own, and what kind of part it is.
_GROUP_UUID = slice(len("LVM-"), len("LVM-") + 32)


def plan_release(facts: Facts, disks: tuple[DiskFact, ...]) -> Iterator[ReleaseStep]:
    """Everything that uses the disks, unmounted, exported, switched off, closed and stopped."""
    things = {thing.path: thing for disk in disks for thing in disk.things}
    yield from _unmount({mount for thing in things.values() for mount in thing.mounts})
    pools = {pool.guid: pool for disk in disks for pool in pools_on(disk, facts) if pool.imported}
    for pool in pools.values():
        yield ExportPool(
            id=f"export-pool:{pool.guid}",
            phase=Phase.RELEASE,
            summary=f"Export the pool {pool.name}",
            pool=pool.name,
            guid=pool.guid,
        )
    for path in (thing.path for thing in things.values() if thing.swap):
        yield SwapOff(
            id=f"swap-off:{path}",
            phase=Phase.RELEASE,
            summary=f"Stop swapping to {path}",
            device=path,
        )
    layers = [thing for thing in things.values() if isinstance(thing, LayerFact)]
    yield from _take_down(facts, _top_down(layers))


def clear_disk(disk: DiskFact, facts: Facts, phase: Phase = Phase.CLEAR) -> ClearDisk:
    """Wipe a disk that nothing uses any more, and say what goes with that."""
    return ClearDisk(
        id=f"clear-disk:{disk.id}",
        phase=phase,
        summary=f"Wipe {disk.describe()}",
        destroys=contents_of(disk, facts),
        disk=disk.id,
    )


def group_uuid(layer: LayerFact) -> str | None:
    """The UUID, without dashes, of the VG that a volume belongs to; none for other layers."""
    if layer.kind is not LayerKind.LVM or layer.uuid is None:
        return None
    return layer.uuid[_GROUP_UUID]


def _unmount(places: set[str]) -> Iterator[Unmount]:
    """What is mounted inside of another first."""
    for at in sorted(places, key=lambda place: (-place.count("/"), place)):
        yield Unmount(id=f"unmount:{at}", phase=Phase.RELEASE, summary=f"Unmount {at}", at=at)


def _top_down(layers: list[LayerFact]) -> list[LayerFact]:
    """The layers, each before all that it lies on, whichever disk that is listed with."""
    heights: dict[str, int] = {}
    # Each disk lists its own from the bottom up, but those of the next may reach higher.
    for _ in layers:
        before = dict(heights)
        for layer in layers:
            heights[layer.path] = 1 + max((heights.get(path, 0) for path in layer.on), default=0)
        if heights == before:
            break
    order = {layer.path: place for place, layer in enumerate(layers)}
    return sorted(layers, key=lambda layer: (-heights[layer.path], -order[layer.path]))


def _take_down(facts: Facts, layers: list[LayerFact]) -> Iterator[ReleaseStep]:
    names = {group.uuid.replace("-", ""): group.name for group in facts.volume_groups}
    acted_on = (layer for layer in layers if layer.kind not in _IMPLIED)
    for (kind, uuid), some in groupby(acted_on, lambda layer: (layer.kind, group_uuid(layer))):
        if uuid is not None:
            group = names.get(uuid)
            volumes = (
                f"volumes of {f'the volume group {group}' if group else 'a lost volume group'}"
            )
            yield _close(f"Close the {volumes}", tuple(some))
            continue
        for layer in some:
            if kind in _MAPPED:
                yield _close(f"Close {layer.path}", (layer,))
            elif kind in _ARRAYS:
                yield _stop_array(layer)
            elif kind is LayerKind.CACHE:
                yield _stop_cache(layer.on[0])


def _close(summary: str, layers: tuple[LayerFact, ...]) -> CloseMappings:
    names = tuple(layer.path.removeprefix(_MAPPER) for layer in layers)
    return CloseMappings(
        id=f"close-mappings:{names[0]}",
        phase=Phase.RELEASE,
        summary=summary,
        names=names,
    )


def _stop_array(layer: LayerFact) -> StopArray:
    return StopArray(
        id=f"stop-array:{layer.path}",
        phase=Phase.RELEASE,
        summary=f"Stop the md {layer.kind} {layer.path}",
        device=layer.path,
    )


def _stop_cache(device: str) -> StopCache:
    return StopCache(
        id=f"stop-cache:{device}",
        phase=Phase.RELEASE,
        summary=f"Have bcache let go of {device}",
        device=device,
    )
