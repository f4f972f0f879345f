"""`[hooks]` of an answer file: programs that run during an installation. Only the shape is here."""

from __future__ import annotations

from pydantic import Field

from bedplate.config.table import Table


class HooksTable(Table):
    """`[hooks]`: lists of programs as texts, each with its `#!` line."""

    before_partitioning: list[str] = Field([], description="before anything is written")
    after_partitioning: list[str] = Field([], description="once all disks have their partitions")
    before_unpack: list[str] = Field([], description="once pool, volumes or btrfs are there")
    after_unpack: list[str] = Field([], description="once the base system is unpacked")
    before_final_check: list[str] = Field([], description="last, the new system still mounted")
    timeout: int | None = Field(
        None, ge=1, le=86400, description="seconds that each may take, those of the medium too"
    )
