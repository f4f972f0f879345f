"""A folder of things that take minutes to build, each under the checksum of what it is made from.

It knows nothing of what it keeps. An entry is a folder; it appears under its name complete or not
at all. Builds of the same entry, in one process or several, wait for each other.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_LOCKS = ".locks"
_CHUNK = 1 << 20


def default_cache() -> Path:
    """`$BEDPLATE_CACHE`, or `~/.cache/bedplate`; never inside the checkout."""
    given = os.environ.get("BEDPLATE_CACHE")
    return Path(given) if given else Path.home() / ".cache" / "bedplate"


def key_of(*parts: str) -> str:
    """A short checksum of texts; where one text ends and the next begins is part of it."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode()
        digest.update(f"{len(data)}:".encode() + data)
    return digest.hexdigest()[:20]


def digest_file(path: Path) -> str:
    """SHA-256 of a file's content, in hex."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def digest_tree(root: Path) -> str:
    """SHA-256 over names, kinds, executable bits and contents of a file or of all below a folder.

    What Python and editors leave behind (`__pycache__`, hidden backups) does not count.
    """
    digest = hashlib.sha256()
    for path in walk(root):
        name = path.relative_to(root).as_posix()
        if path.is_symlink():
            line = f"link {name} {path.readlink()}"
        else:
            executable = "x" if path.stat().st_mode & 0o100 else "-"
            line = f"file {name} {executable} {digest_file(path)}"
        digest.update(line.encode() + b"\n")
    return digest.hexdigest()


def walk(root: Path) -> Iterator[Path]:
    """Files and links below a folder that belong to it, in a fixed order; or the file itself."""
    if not root.is_dir() or root.is_symlink():
        yield root
        return
    for path in sorted(root.iterdir()):
        if path.name != "__pycache__" and not path.name.endswith((".pyc", "~", ".swp")):
            yield from walk(path)


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry's folder, and whether this very call made it."""

    folder: Path
    fresh: bool


@dataclass(frozen=True, slots=True)
class Cache:
    """Entries of several kinds below one folder; `keep` is how many of a kind survive pruning."""

    folder: Path
    keep: int = 4

    def entry(self, kind: str, key: str, make: Callable[[Path], None]) -> Entry:
        """An entry, made with `make` (given an empty folder) if it is not there yet.

        Waits while somebody else makes the same entry. What `make` raises goes through, and
        nothing is left of its attempt.
        """
        place = self.folder / kind / key
        place.parent.mkdir(parents=True, exist_ok=True)
        with self._lock(kind, key):
            fresh = not place.is_dir()
            if fresh:
                self._make(place, make)
            # The time of last use; pruning goes by it.
            os.utime(place)
        return Entry(place, fresh)

    def prune(self, kind: str) -> tuple[str, ...]:
        """Delete all but the `keep` most recently used entries of a kind; returns their keys.

        An entry that is being made or handed out right now is left alone.
        """
        parent = self.folder / kind
        if not parent.is_dir():
            return ()
        entries = [path for path in parent.iterdir() if not _is_partial(path)]
        entries.sort(key=lambda path: path.stat().st_mtime_ns, reverse=True)
        return tuple(path.name for path in entries[self.keep :] if self._delete(kind, path))

    def _delete(self, kind: str, place: Path) -> bool:
        with self._lock(kind, place.name, wait=False) as got_it:
            if got_it:
                # Out of sight in one step: nobody may find half of it.
                gone = _partial(place)
                place.rename(gone)
                shutil.rmtree(gone)
            return got_it

    @staticmethod
    def _make(place: Path, make: Callable[[Path], None]) -> None:
        partial = _partial(place)
        if partial.exists():  # of a build that was killed; we hold the lock, so nobody is at it
            shutil.rmtree(partial)
        partial.mkdir()
        try:
            make(partial)
            partial.rename(place)
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise

    @contextmanager
    def _lock(self, kind: str, key: str, *, wait: bool = True) -> Iterator[bool]:
        """Hold the lock of an entry; the kernel drops it if we die. Yields whether we have it."""
        locks = self.folder / _LOCKS
        locks.mkdir(parents=True, exist_ok=True)
        with (locks / f"{kind}-{key}").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            except BlockingIOError:
                yield False
                return
            yield True


def _partial(place: Path) -> Path:
    return place.with_name(f"{place.name}.partial")


def _is_partial(path: Path) -> bool:
    return path.suffix == ".partial"
