"""Whether the steps of a lane fit on their ESP, counted in clusters and at every moment.

A file that replaces another needs room beside it until it has the name. Folders grow by a cluster
now and then; what that takes is counted too high rather than too low.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath

from bedplate.model.esp import EspFact, fat_name
from bedplate.model.esp_sync import EspStep, MendFat, PutFile, PutFiles, RemoveFiles

# For the entries of the new name and the temporary one, of a path that was not there before.
_FOLDER_GROWTH = 2


def missing_bytes(esp: EspFact, steps: Iterable[EspStep], reserve_bytes: int = 0) -> int:
    """How much more room the steps would need at their fullest moment; 0 if they fit.

    `reserve_bytes` are to be free in the end.
    """
    room = _Room(esp)
    for step in steps:
        match step:
            case PutFiles(files=files):
                room.put(files)
            case RemoveFiles(paths=paths):
                room.remove(paths)
            case MendFat():
                pass
    room.need(room.clusters(reserve_bytes))
    return room.missing * esp.cluster_bytes


class _Room:
    """The free clusters of an ESP while steps go on."""

    def __init__(self, esp: EspFact) -> None:
        self._cluster = esp.cluster_bytes
        self._free = esp.free_bytes // esp.cluster_bytes
        self._sizes = {fat_name(f.path): self.clusters(f.size_bytes) for f in esp.files}
        self._folders = {folder for file in esp.files for folder in _folders(file.path)}
        self.missing = 0

    def clusters(self, size_bytes: int) -> int:
        return -(-size_bytes // self._cluster)

    def need(self, clusters: int) -> None:
        """Note that so many have to be free now."""
        self.missing = max(self.missing, clusters - self._free)

    def put(self, files: Iterable[PutFile]) -> None:
        sizes = {fat_name(file.path): self.clusters(file.size_bytes) for file in files}
        folders = {folder for path in sizes for folder in _folders(path)} - self._folders
        growth = len(folders) + _FOLDER_GROWTH * len(sizes)
        self.need(sum(sizes.values()) + growth)
        self._free -= sum(sizes.values()) + len(folders)
        self._free += sum(self._sizes.get(path, 0) for path in sizes)
        self._sizes |= sizes
        self._folders |= folders

    def remove(self, paths: Iterable[str]) -> None:
        self._free += sum(self._sizes.pop(fat_name(path), 0) for path in paths)


def _folders(path: str) -> list[str]:
    return [fat_name(str(parent)) for parent in PurePosixPath(path).parents][:-1]
