"""Which repositories a new host is to have, as an answer file states it."""

from __future__ import annotations

from pydantic import Field

from bedplate.model.known_repository import Archive
from bedplate.model.repository import Format
from bedplate.model.value import Value


class ThirdParty(Value):
    """A repository of somebody else; `key_hex` is its public key, in the form that gpgv reads."""

    name: str
    uri: str
    suites: tuple[str, ...]
    components: tuple[str, ...] = ()
    key_hex: str


class RepositoryOptions(Value):
    """The known ones by name, each from its archive or a mirror of that, and those of others.

    `proxmox_key_hex` is the file with Proxmox's public key, as its owner hands it out.
    """

    enabled: tuple[str, ...] = ("debian", "debian-updates", "debian-security")
    format: Format = Format.DEB822
    mirrors: dict[Archive, str] = Field(default_factory=dict)
    proxy: str | None = None
    proxmox_key_hex: str | None = None
    others: tuple[ThirdParty, ...] = ()
