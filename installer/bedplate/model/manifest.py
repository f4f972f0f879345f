"""The list of built artefacts with their checksums: what an installer may extract."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Literal, Self

from pydantic import Field

from bedplate.model.artefacts import PieceDigest, piece_digest
from bedplate.model.value import Value

Sha256 = str


class Artefact(Value):
    """A file beside the manifest. `size_bytes` is the file's, `unpacked_bytes` its contents'.

    `pieces` are the checksums (see `piece_digest`) of its consecutive pieces of `PIECE_BYTES`:
    together they say what `sha256` says, but can be compared by all processors at once.
    """

    sha256: Sha256 = Field(pattern=r"^[0-9a-f]{64}$")
    size_bytes: int
    unpacked_bytes: int | None = None
    pieces: tuple[PieceDigest, ...] = ()

    @classmethod
    def of(cls, pieces: Iterable[bytes], unpacked_bytes: int | None = None) -> Self:
        """The artefact whose content comes in pieces of `PIECE_BYTES` (the last may be shorter)."""
        whole = hashlib.sha256()
        size_bytes, digests = 0, []
        for piece in pieces:
            whole.update(piece)
            size_bytes += len(piece)
            digests.append(piece_digest(piece))
        return cls(
            sha256=whole.hexdigest(),
            size_bytes=size_bytes,
            unpacked_bytes=unpacked_bytes,
            pieces=tuple(digests),
        )


class BaseFile(Value):
    """A file of the base system, which is text; a `link` has a target instead of content."""

    content: str = ""
    link: str | None = None


class Manifest(Value):
    """Everything an image build made, by file name.

    `files` are those of the base system, by path, that a plan may put its own in place of.
    `zfs_key` signed its zfs module: see `SignedModule`. `stream_properties` are those that the
    dataset had of which the base's ZFS stream is, if there is one.
    """

    version: Literal[1] = 1
    suite: str
    architecture: str
    kernel: str
    zfs_key: str | None = None
    stream_properties: dict[str, str] | None = None
    artefacts: dict[str, Artefact]
    files: dict[str, BaseFile] = Field(default_factory=dict)
    seal: Sha256 | None = None

    def sealed(self) -> Self:
        """The manifest with a checksum over itself.

        The two ways in which it states what an artefact is can then not be changed apart.
        """
        # Without defaults: a key that is added later does not break the seals of older images.
        content = self.model_copy(update={"seal": None}).model_dump_json(exclude_defaults=True)
        return self.model_copy(update={"seal": hashlib.sha256(content.encode()).hexdigest()})
