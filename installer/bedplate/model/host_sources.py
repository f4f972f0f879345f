"""What apt on a host reads its repositories from, as it was found."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from bedplate.model.repository import SourcesFile
from bedplate.model.value import Value


class HostSources(Value):
    """The files in apt's order, and what else decides whether they are as they should be.

    `ignored` are files beside them that apt passes over because of their names. Of the addresses
    in the files apt has a user and password for those in `logged_in`; of the keyrings those in
    `missing_keyrings` are not there. `proxies` go by the name of apt's option and show no password.
    """

    codename: str | None
    today: date
    files: tuple[SourcesFile, ...] = ()
    ignored: tuple[str, ...] = ()
    missing_keyrings: tuple[str, ...] = ()
    logged_in: tuple[str, ...] = ()
    proxies: dict[str, str] = Field(default_factory=dict)
    has_subscription: bool = False
    has_pve: bool = False

    def file(self, path: str) -> SourcesFile | None:
        """The file of that path, if apt reads it."""
        return next((file for file in self.files if file.path == path), None)
