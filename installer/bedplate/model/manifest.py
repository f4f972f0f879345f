"""The list of built artefacts with their checksums: what an installer may extract."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from bedplate.model.value import Value

Sha256 = str
BASE = "base.squashfs"


class Artefact(Value):
    """A file beside the manifest. `size_bytes` is the file's, `unpacked_bytes` its contents'."""

    sha256: Sha256 = Field(pattern=r"^[0-9a-f]{64}$")
    size_bytes: int
    unpacked_bytes: int | None = None


class Manifest(Value):
    """Everything an image build made, by file name."""

    version: Literal[1] = 1
    suite: str
    architecture: str
    kernel: str
    artefacts: dict[str, Artefact]
