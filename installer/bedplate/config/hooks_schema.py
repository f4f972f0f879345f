"""`[hooks]` of an answer file: programs that run during an installation. Only the shape is here."""

from __future__ import annotations

from pydantic import Field

from bedplate.config.network_schema import TextOrList
from bedplate.config.table import Table


class HooksTable(Table):
    """`[hooks]`: programs as texts, each with its `#!` line; one of a point, or a list of them."""

    before_partitioning: TextOrList = Field([], description="before anything is written")
    after_partitioning: TextOrList = Field([], description="once all disks have their partitions")
    before_unpack: TextOrList = Field([], description="once pool, volumes or btrfs are there")
    after_unpack: TextOrList = Field([], description="once the base system is unpacked")
    before_final_check: TextOrList = Field([], description="last, the new system still mounted")
    timeout: int | None = Field(
        None, ge=1, le=86400, description="seconds that each may take, those of the medium too"
    )
