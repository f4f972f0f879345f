"""The folder of artefacts, and their checksums, which are taken beside other work.

Reading a whole base system takes seconds, in which the machine is looked at, a plan is made and
shown, and somebody is asked. So the checksums are begun first and asked for last.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self

from bedplate.model.artefacts import PIECE_BYTES, PieceDigest, new_piece_digest
from bedplate.units import MIB

# Read into memory that is used again and again: a fresh page for every page of a file costs more
# than its checksum.
_CHUNK_BYTES = 4 * MIB


class Artefacts:
    """What an image build made, in one folder. A context manager: leaving it ends what it began."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._begun: dict[str, Sequence[Future[PieceDigest]]] = {}
        self._threads = ThreadPoolExecutor(os.cpu_count())

    def path(self, name: str) -> Path:
        """Where an artefact is, or would be."""
        return self.folder / name

    def want(self, names: Collection[str]) -> None:
        """Start to take the checksums of these artefacts, unless that was done, and no others'."""
        for name in self._begun.keys() - {*names}:
            for future in self._begun.pop(name):
                future.cancel()
        for name in names:
            if name not in self._begun:
                self._begin(name)

    def _begin(self, name: str) -> None:
        """One that is missing has no pieces."""
        path = self.path(name)
        size = path.stat().st_size if path.is_file() else 0
        self._begun[name] = [
            self._threads.submit(_digest_at, path, offset) for offset in range(0, size, PIECE_BYTES)
        ]

    def digests(self, name: str) -> Iterator[PieceDigest]:
        """The checksums of an artefact's pieces, each as soon as it is known; `OSError` if not."""
        if name not in self._begun:
            self._begin(name)
        for future in self._begun[name]:
            yield future.result()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._threads.shutdown(cancel_futures=True)


def _digest_at(path: Path, offset: int) -> PieceDigest:
    """The checksum of the piece that begins at `offset`."""
    digest = new_piece_digest()
    buffer = memoryview(bytearray(_CHUNK_BYTES))
    with path.open("rb", buffering=0) as file:
        file.seek(offset)
        left = PIECE_BYTES
        while left and (size := file.readinto(buffer[:left])):
            digest.update(buffer[:size])
            left -= size
    return digest.hexdigest()
