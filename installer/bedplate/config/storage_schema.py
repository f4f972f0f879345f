"""The storage file as it is written: tables by kind and name, their keys and types.

As in `bedplate.config.schema`, whose tables for choosing disks it shares, only the shape is here.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from bedplate.config.schema import DisksTable, Gib, ZfsRaid
from bedplate.config.shape import ANY, Form
from bedplate.config.table import LowerCase, Table

Content = Literal["images", "rootdir", "iso", "vztmpl", "backup", "snippets", "import"]
_CONTENT = Field(None, description="what guests' tools may keep there; [] for no storage")
_WIPE = Field(None, description="disks that were not named may have something on them")


class MoreDisksTable(DisksTable):
    """What every table that takes disks has."""

    wipe: Literal["yes"] | None = _WIPE


class GroupTable(MoreDisksTable):
    """`[volume-group.NAME]`."""

    content: list[Content] | None = _CONTENT


class ThinPoolTable(Table):
    """`[thin-pool.NAME]`."""

    REQUIRED = ("volume_group",)

    volume_group: str | None = Field(None, description="the volume group that it is in")
    size: Gib | None = Field(None, description="GiB of data; without it, all that is free")
    metadata_size: Gib | None = Field(None, description="GiB of metadata, which are kept twice")
    content: list[Content] | None = _CONTENT


class DirectoryTable(Table):
    """`[directory.NAME]`."""

    REQUIRED = ("thin_pool", "size", "path")

    thin_pool: str | None = Field(None, description="the thin pool that it is in, VG/NAME")
    size: Gib | None = Field(None, description="GiB that it may grow to")
    path: str | None = Field(None, description="where it is mounted")
    filesystem: Literal["ext4", "xfs"] | None = Field(None, description="its file system")
    content: list[Content] | None = _CONTENT


class PartTable(MoreDisksTable):
    """`[pool.NAME.log]` and `[pool.NAME.cache]`."""

    size: Gib | None = Field(None, description="GiB of each disk; without it, what is left")


class SpecialPartTable(PartTable):
    """`[pool.NAME.special]`."""

    small_blocks: str | None = Field(
        None, description="blocks up to this size go to the special device, such as 4K"
    )


class PoolTable(MoreDisksTable):
    """`[pool.NAME]`."""

    REQUIRED = ("raid",)

    raid: Annotated[ZfsRaid, LowerCase] | None = Field(None, description="how its disks are used")
    ashift: int | None = Field(None, ge=9, le=16, description="sector size of the pool, 2 to this")
    compress: Literal["on", "off", "lzjb", "lz4", "zle", "gzip", "zstd"] | None = Field(
        None, description="compression of the data"
    )
    insist: bool = Field(False, description="allow what is not wise")
    special: SpecialPartTable | None = None
    log: PartTable | None = None
    cache: PartTable | None = None
    content: list[Content] | None = _CONTENT


class StorageFile(Table):
    """The whole file: things by kind, and by the names that they are to have."""

    volume_group: dict[str, GroupTable] = Field(default_factory=dict)
    thin_pool: dict[str, ThinPoolTable] = Field(default_factory=dict)
    directory: dict[str, DirectoryTable] = Field(default_factory=dict)
    pool: dict[str, PoolTable] = Field(default_factory=dict)


_OF_UDEV = (("filter",), ("select", "property"))
_CHOOSING = (
    ("volume-group", ANY),
    ("pool", ANY),
    *(("pool", ANY, part) for part in ("special", "log", "cache")),
)

STORAGE = Form(
    root=StorageFile,
    title="a storage file",
    free=frozenset((*table, *keys) for table in _CHOOSING for keys in _OF_UDEV),
    named=frozenset({("volume-group",), ("thin-pool",), ("directory",), ("pool",)}),
)
