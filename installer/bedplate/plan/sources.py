"""Which artefacts a new root file system is made of: the base system's files, or its ZFS stream.

A stream is faster: its blocks are written as they are. So it is only for a root whose blocks would
be like them anyway. An encrypted one is unpacked: there zfs-receive(8) has rules of its own.
"""

from __future__ import annotations

from collections.abc import Mapping

from bedplate.model.artefacts import BASE, DELTA, STREAM
from bedplate.model.manifest import Manifest
from bedplate.model.plan import Storage, ZfsStorage
from bedplate.plan.zfs import encrypts_root, root_properties

# What decides how a file lies on the disks, or was decided for good when the dataset was made; see
# zfsprops(7). Checksum, copies and such are for whoever writes the blocks: they are the plan's.
_SHAPING = (
    "casesensitivity",
    "compression",
    "dnodesize",
    "normalization",
    "recordsize",
    "utf8only",
    "xattr",
)
_SAME = {("compression", "on"): "lz4"}


def plan_sources(storage: Storage, manifest: Manifest) -> tuple[str, ...]:
    """The artefacts, in the order that they go onto the disks."""
    return (STREAM, DELTA) if _takes_stream(storage, manifest) else (BASE,)


def _takes_stream(storage: Storage, manifest: Manifest) -> bool:
    streamed = manifest.stream_properties
    if streamed is None or not {STREAM, DELTA} <= manifest.artefacts.keys():
        return False
    if not isinstance(storage, ZfsStorage) or encrypts_root(storage):
        return False
    return _shape(root_properties(storage)) == _shape(streamed)


def _shape(properties: Mapping[str, str]) -> dict[str, str]:
    stated = ((name, properties[name]) for name in _SHAPING if name in properties)
    return {name: _SAME.get((name, value), value) for name, value in stated}
