"""Carries out a change of what a running host boots: all of it, or nothing."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bedplate.apply.files import inside, put_file, sync_folder
from bedplate.errors import ApplyError, Problem
from bedplate.model.host_change import HostChange, HostFile
from bedplate.render import boot_argv
from bedplate.run import Runner

_NEW_FILE_MODE = 0o644
_NEW_PROGRAM_MODE = 0o755


def apply_host_change(run: Runner, change: HostChange, root: Path = Path("/")) -> None:
    """Write and remove the files, each in one moment, and have GRUB learn of it.

    If any of that fails, what was changed before is put back. Raises `ApplyError` if a file cannot
    be written, `CommandError` if update-grub fails.
    """
    with ExitStack() as undo:
        for file in change.files:
            place = _place(root, file.path)
            with _failing_as("could not be written", file.path):
                before = _Before.of(place, file)
                _put(place, None if file.content is None else file.content.encode(), before.mode)
            undo.callback(before.put_back, place, file.path)
        if change.update_grub:
            run(boot_argv.update_grub())
        undo.pop_all()


@dataclass(frozen=True, slots=True)
class _Before:
    """A file as it was; without `data` it was not there."""

    data: bytes | None
    mode: int

    @staticmethod
    def of(place: Path, file: HostFile) -> _Before:
        try:
            return _Before(place.read_bytes(), stat.S_IMODE(place.stat().st_mode))
        except FileNotFoundError:
            return _Before(None, _NEW_PROGRAM_MODE if file.is_program else _NEW_FILE_MODE)

    def put_back(self, place: Path, path: str) -> None:
        with _failing_as("could not be put back as it was", path):
            _put(place, self.data, self.mode)


def _place(root: Path, path: str) -> Path:
    """Where a file really is: one that is kept elsewhere, under a link, stays so."""
    place = inside(root, path)
    if not place.is_symlink():
        return place
    real = place.resolve()
    if not real.is_relative_to(root.resolve()):
        raise ApplyError(Problem("path-leads-out", path, f"leads out of the system to {real}"))
    return real


def _put(place: Path, data: bytes | None, mode: int) -> None:
    if data is not None:
        put_file(place, data, mode, durable=True)
    elif place.exists():
        place.unlink()
        sync_folder(place.parent)


@contextmanager
def _failing_as(message: str, path: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ApplyError(Problem("write-failed", path, f"{message}: {error.strerror}")) from error
