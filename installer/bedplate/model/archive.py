"""An archive of packages as it was found: its Release, who signed that, and its lists of packages.

The words are those of apt: a suite is what a source names below `dists`, a component a part of it,
an index the list of a component's packages.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import Field

from bedplate.model.repository import without_credentials
from bedplate.model.value import Value


class Suite(Value):
    """What apt is to fetch. A suite that ends in `/` is a folder without components.

    `where` is what the operator calls the source that asks for it.
    """

    uri: str
    suite: str
    components: tuple[str, ...]
    architecture: str
    where: str = ""

    @property
    def folder(self) -> str:
        """The address of the folder with the Release, with a slash at its end."""
        base = self.uri.rstrip("/")
        if self.is_flat:
            # `./` and `/` are the folder that the address itself names.
            inside = "/".join(part for part in self.suite.split("/") if part not in ("", "."))
            return f"{base}/{inside}/" if inside else f"{base}/"
        return f"{base}/dists/{self.suite}/"

    @property
    def is_flat(self) -> bool:
        """Whether it has no components; sources.list(5) calls this an exact path."""
        return self.suite.endswith("/")

    def describe(self) -> str:
        """What people know it by."""
        return without_credentials(self.where or f"{self.uri} {self.suite}")


class SignatureState(StrEnum):
    """What gpgv says of a signature."""

    GOOD = "good"
    BAD = "bad"
    NO_KEY = "no-key"
    EXPIRED = "expired"
    KEY_EXPIRED = "key-expired"
    KEY_REVOKED = "key-revoked"
    UNCHECKED = "unchecked"


class Signature(Value):
    """A signature. `fingerprint` is that of the key that made it, as far as it is known; `primary`
    that of the certificate. `weak_digest` is the name of a digest that nobody relies on today."""

    state: SignatureState
    key_id: str
    fingerprint: str = ""
    primary: str = ""
    weak_digest: str = ""

    @property
    def key(self) -> str:
        """What the key is called in messages."""
        return self.primary or self.fingerprint or self.key_id


Algorithm = Literal["md5", "sha1", "sha256", "sha512"]


class IndexFile(Value):
    """A file that a Release lists, with the strongest checksum that it has there."""

    path: str
    size_bytes: int
    algorithm: Algorithm
    hex: str


class Release(Value):
    """A Release file. A date that it lacks is `None`; `odd` are lines that make no sense."""

    suite: str = ""
    codename: str = ""
    date: datetime | None = None
    valid_until: datetime | None = None
    architectures: tuple[str, ...] = ()
    components: tuple[str, ...] = ()
    files: dict[str, IndexFile] = Field(default_factory=dict)
    odd: tuple[str, ...] = ()


class SignedRelease(Value):
    """What a suite's folder has. `release` is what was signed, if that holds, and nothing else.

    Without a Release `found` is false; one without signatures is not signed.
    """

    found: bool
    signatures: tuple[Signature, ...] = ()
    release: Release | None = None


class IndexFact(Value):
    """A list of packages as it was fetched; without a size it is not there.

    One that `goes_on` after that size was read no further.
    """

    path: str
    size_bytes: int | None
    hex: str = ""
    goes_on: bool = False
