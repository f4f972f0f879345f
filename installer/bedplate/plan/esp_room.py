"""Whether the steps of a lane fit on their ESP, counted in clusters and at every moment.

A file that replaces another needs room beside it until it has the name. A folder grows by what its
names take, which is counted twice: FAT wants the entries of one name side by side.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from pathlib import PurePosixPath

from bedplate.model.esp import TEMPORARY, EspFact, EspFile, fat_name
from bedplate.model.esp_sync import EspStep, MendFat, PutFile, PutFiles, RemoveFiles

# Microsoft's FAT specification 1.03, section 7: an entry, and more for what a long name has.
_ENTRY_BYTES = 32
_ENTRY_CHARACTERS = 13


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


def after(esp: EspFact, steps: Iterable[EspStep]) -> EspFact:
    """The ESP as the steps leave it."""
    files = {fat_name(file.path): file for file in esp.files}
    for step in steps:
        match step:
            case PutFiles(files=new):
                files |= {
                    fat_name(f.path): EspFile(path=f.path, size_bytes=f.size_bytes, sha256=f.sha256)
                    for f in new
                }
            case RemoveFiles(paths=paths):
                files = {k: v for k, v in files.items() if k not in set(map(fat_name, paths))}
            case MendFat():
                pass
    room = _Room(esp)
    taken = sum(room.clusters(file.size_bytes) for file in files.values())
    before = sum(room.clusters(file.size_bytes) for file in esp.files)
    free = esp.free_bytes + (before - taken) * esp.cluster_bytes
    return esp.model_copy(update={"files": tuple(files.values()), "free_bytes": free})


class _Room:
    """The free clusters of an ESP while steps go on."""

    def __init__(self, esp: EspFact) -> None:
        self._cluster = esp.cluster_bytes
        self._free = esp.free_bytes // esp.cluster_bytes
        self._sizes = {fat_name(f.path): self.clusters(f.size_bytes) for f in esp.files}
        self._names: defaultdict[str, set[str]] = defaultdict(set)
        for path in self._sizes:
            self._enter(path)
        self._folders = {f: self.clusters(self._entries_bytes(f)) for f in self._names}
        self.missing = 0

    def clusters(self, size_bytes: int) -> int:
        return -(-size_bytes // self._cluster)

    def need(self, clusters: int) -> None:
        """Note that so many have to be free now."""
        self.missing = max(self.missing, clusters - self._free)

    def put(self, files: Iterable[PutFile]) -> None:
        sizes = {fat_name(file.path): self.clusters(file.size_bytes) for file in files}
        growth = self._grow(sizes)
        self.need(sum(sizes.values()) + growth)
        self._free -= sum(sizes.values()) + growth
        self._free += sum(self._sizes.get(path, 0) for path in sizes)
        self._sizes |= sizes

    def remove(self, paths: Iterable[str]) -> None:
        self._free += sum(self._sizes.pop(fat_name(path), 0) for path in paths)

    def _grow(self, paths: Iterable[str]) -> int:
        """The clusters by which folders grow for new names, the temporary ones included."""
        touched = set[str]().union(*(self._enter(p) | self._enter(p + TEMPORARY) for p in paths))
        wanted = {folder: self.clusters(2 * self._entries_bytes(folder)) for folder in touched}
        growth = {
            folder: max(0, clusters - self._folders.get(folder, 0))
            for folder, clusters in wanted.items()
        }
        for folder, clusters in growth.items():
            self._folders[folder] = self._folders.get(folder, 0) + clusters
        return sum(growth.values())

    def _enter(self, path: str) -> set[str]:
        """Note a name in its folder, and that in its own; returns these folders."""
        place = PurePosixPath(path)
        for one in (place, *place.parents[:-1]):
            self._names[str(one.parent)].add(one.name)
        return {str(folder) for folder in place.parents}

    def _entries_bytes(self, folder: str) -> int:
        # Two more for the folder itself and the one above it.
        entries = (2 + len(name) // _ENTRY_CHARACTERS for name in self._names[folder])
        return (2 + sum(entries)) * _ENTRY_BYTES
