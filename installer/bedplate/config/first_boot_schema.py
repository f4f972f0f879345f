"""`[first-boot]` of an answer file: what a host does at its first start. Only the shape is here."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from bedplate.config.table import Table


class FirstBootFileTable(Table):
    """`first-boot.files.PATH`."""

    REQUIRED = ("content",)

    content: str | None = Field(None, description="the whole text of the file")
    mode: str | None = Field(None, description="its permissions in octal digits")


class FirstBootUnitsTable(Table):
    """`first-boot.units`."""

    enable: list[str] = Field([], description="units that are enabled and started")
    disable: list[str] = Field([], description="units that are disabled and stopped")
    mask: list[str] = Field([], description="units that nothing can start any more")


class FirstBootTable(Table):
    """`[first-boot]`."""

    source: Literal["from-url", "from-iso", "from-answer"] | None = Field(
        None, description="where the program comes from"
    )
    ordering: Literal["before-network", "network-online", "fully-up"] | None = Field(
        None, description="when all of it is done"
    )
    url: str | None = Field(None, description="address of the program")
    cert_fingerprint: str | None = Field(None, description="SHA-256 of the server's certificate")
    script: str | None = Field(None, description="the program itself, with its `#!` line")
    attempts: int | None = Field(None, ge=1, le=10, description="how often it is tried in all")
    timeout_minutes: int | None = Field(
        None, ge=1, le=1440, description="how long the program may take"
    )
    files: dict[str, FirstBootFileTable] = Field({}, description="a file to write, by its path")
    packages: list[str] = Field([], description="Debian packages to install")
    units: FirstBootUnitsTable | None = Field(None, description="systemd units to switch")
