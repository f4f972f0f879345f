"""Rules for the names of storages, volume groups, volumes and pools: what all tools take.

Each returns what is wrong as the rest of a sentence, or "" if it is fine. The name of a thing is
that of its storage too, which may have least: lvm(8), zpool-create(8), and the manual's storage
identifiers.
"""

from __future__ import annotations

import re

from bedplate.config.names import wrong_with_pool

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*[A-Za-z0-9]")
_LONGEST = 100
_LVM_BEGINS = ("snapshot", "pvmove")
_LVM_PARTS = (
    *("_cdata", "_cmeta", "_corig", "_cpool", "_cvol", "_wcorig", "_mimage", "_mlog", "_rimage"),
    *("_rmeta", "_tdata", "_tmeta", "_vdata", "_vorigin", "_pmspare", "_imeta", "_iorig"),
)
_ZFS_WORDS = frozenset({"cache", "special", "dedup"})


def wrong_with_storage_name(name: str) -> str:
    """A name that every tool takes."""
    if len(name) > _LONGEST:
        return f"has {len(name)} characters, but may have {_LONGEST}"
    if not _NAME.fullmatch(name):
        return "has to begin with a letter, and go on with letters, digits and . _ - inside"
    return ""


def wrong_with_volume_name(name: str) -> str:
    """A name for a volume that LVM does not need for itself."""
    if wrong := wrong_with_storage_name(name):
        return wrong
    if name.startswith(_LVM_BEGINS) or any(part in name for part in _LVM_PARTS):
        return "is a name that LVM keeps for its own volumes"
    return ""


def wrong_with_pool_name(name: str) -> str:
    """A name for a pool that is no word of a vdev's."""
    if wrong := wrong_with_storage_name(name):
        return wrong
    if wrong_with_pool(name) or name in _ZFS_WORDS:
        return "is a word that ZFS keeps for vdevs"
    return ""
