"""`[repositories]` as it is written; bedplate's own table. See `bedplate.config.table`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from bedplate.config.table import Table


class MirrorTable(Table):
    """`repositories.mirror`: where archives are had from instead of from their owners."""

    debian: str | None = Field(None, description="instead of http://deb.debian.org/debian")
    debian_security: str | None = Field(
        None, description="instead of http://security.debian.org/debian-security"
    )
    proxmox: str | None = Field(None, description="instead of http://download.proxmox.com/debian")
    proxmox_enterprise: str | None = Field(
        None, description="instead of https://enterprise.proxmox.com/debian"
    )


class OtherTable(Table):
    """`repositories.other.NAME`: a repository of a third party."""

    REQUIRED = ("url", "suites", "key", "key_fingerprint")

    url: str | None = Field(None, description="where it is")
    suites: list[str] | None = Field(None, description="suites, or folders that end in a slash")
    components: list[str] = Field([], description="components; folders have none")
    key: str | None = Field(None, description="public key of its owner, as in a file .asc")
    key_fingerprint: str | None = Field(
        None, description="fingerprint of that key, 40 or 64 hexadecimal digits"
    )


class RepositoriesTable(Table):
    """`[repositories]`: where packages come from."""

    enabled: list[str] | None = Field(None, description="names of known repositories")
    format: Literal["deb822", "one-line"] = Field(
        "deb822", description="how the files of apt are written"
    )
    proxy: str | None = Field(None, description="proxy that apt goes through")
    mirror: MirrorTable | None = Field(None, description="where archives are had from instead")
    proxmox_key: str | None = Field(
        None, description="the file with the key of Proxmox's archives, in base64"
    )
    other: dict[str, OtherTable] = Field({}, description="a third party's repository by its name")
