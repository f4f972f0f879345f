"""What the kernel has built on each disk: mappings, arrays, cached devices, one upon the other.

From the links between devices in sysfs. What is not set up at this moment (an array that was never
assembled, a LUKS device that is closed) is no layer; it shows in the signatures.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from bedplate.facts.block import BlockDevice
from bedplate.model.facts import LayerKind

_DM_KINDS = {
    "LVM": LayerKind.LVM,
    "CRYPT": LayerKind.CRYPT,
    "mpath": LayerKind.MULTIPATH,
}
_ARRAY = re.compile(r"md(\d+|_.+)")
_BCACHE = re.compile(r"bcache\d+")


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer before anything on it is read; `device` is its `major:minor`.

    It is not `readable` if asking it for data would wait for ever, or it has none.
    """

    path: str
    node: str
    device: str
    kind: LayerKind
    on: tuple[str, ...]
    uuid: str | None
    readable: bool


def layers_on(
    disks: Collection[BlockDevice], devices: Mapping[str, BlockDevice]
) -> dict[str, tuple[Layer, ...]]:
    """The layers on each disk by its path: each after everything that it lies on."""
    named = {device.name: device for device in devices.values()}
    above: defaultdict[str, list[str]] = defaultdict(list)
    for device in named.values():
        for name in _below(device):
            above[name].append(device.name)
    return {disk.path: _layers(disk, named, above) for disk in disks}


def _layers(
    disk: BlockDevice, named: Mapping[str, BlockDevice], above: Mapping[str, list[str]]
) -> tuple[Layer, ...]:
    heights: dict[str, int] = {}
    waiting = [(disk.name, 0)]
    while waiting:
        name, height = waiting.pop()
        if heights.get(name, -1) < height:
            heights[name] = height
            waiting += [(upper, height + 1) for upper in above.get(name, ())]
    found: list[Layer] = []
    # A container goes after the arrays in it: bottom up that is before them.
    order = sorted(heights, key=lambda name: (heights[name], not _is_container(named[name]), name))
    for device in (named[name] for name in order):
        if device is not disk and device.parent != disk.name:
            found.append(_layer(device, named))
        if device.cached:
            found.append(_taken(device))
    return tuple(found)


def _layer(device: BlockDevice, named: Mapping[str, BlockDevice]) -> Layer:
    below = (named[name] for name in _below(device) if name in named)
    return Layer(
        path=device.path,
        node=f"/dev/{device.name}",
        device=device.device,
        kind=_kind(device),
        on=tuple(_folder(lower) if lower.cached else lower.path for lower in below),
        uuid=device.attributes.get("dm/uuid"),
        readable=bool(device.size_bytes) and device.attributes.get("dm/suspended") != "1",
    )


def _taken(device: BlockDevice) -> Layer:
    """That bcache has a device, which shows in sysfs only."""
    folder = _folder(device)
    return Layer(folder, folder, "", LayerKind.CACHE, (device.path,), None, readable=False)


def _folder(device: BlockDevice) -> str:
    return f"/sys/class/block/{device.name}/bcache"


def _below(device: BlockDevice) -> tuple[str, ...]:
    return device.below if device.parent is None else (device.parent,)


def _kind(device: BlockDevice) -> LayerKind:
    if device.parent is not None:
        return LayerKind.PARTITION
    if device.name.startswith("dm-"):
        prefix = device.attributes.get("dm/uuid", "").partition("-")[0]
        return _DM_KINDS.get(prefix, LayerKind.MAPPING)
    if _ARRAY.fullmatch(device.name):
        return LayerKind.CONTAINER if _is_container(device) else LayerKind.ARRAY
    return LayerKind.BCACHE if _BCACHE.fullmatch(device.name) else LayerKind.OTHER


def _is_container(device: BlockDevice) -> bool:
    return device.attributes.get("md/level") == "container"
