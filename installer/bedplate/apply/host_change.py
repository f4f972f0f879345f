"""Carries out a change of a running host: all of it, or nothing."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bedplate.apply.files import inside, put_file, put_link, sync_folder
from bedplate.apply.programs import filled_in, run_stated
from bedplate.errors import ApplyError, Problem
from bedplate.model.host_change import HostChange, HostCommand, HostFile
from bedplate.model.request import NO_SECRETS, Secrets
from bedplate.model.secret import Secret
from bedplate.render import boot_argv
from bedplate.run import Runner

_NEW_FILE_MODE = 0o644
_NEW_PROGRAM_MODE = 0o755


def apply_host_change(
    run: Runner, change: HostChange, root: Path = Path("/"), secrets: Secrets = NO_SECRETS
) -> None:
    """Write and remove files, each in one moment, have them checked, and tell who reads them.

    If any of that fails, what was changed before is put back. Raises `ApplyError` if a file cannot
    be written, `CommandError` if a program fails, `UsageError` if a secret is not among `secrets`.
    """
    texts = {
        file.path: filled_in(file.content, file.secret, file.path, secrets)
        for file in change.files
        if file.content is not None
    }
    for command in (*change.checks, *change.commands, *change.reloads):
        _input_of(command, secrets)
    with ExitStack() as undo:
        reloaded: list[HostCommand] = []
        undo.callback(_reload_again, run, reloaded)  # the first, so called last
        for file in change.files:
            place = _place(root, file)
            with _failing_as("could not be written", file.path):
                before = _Before.of(place)
                _put(place, file, texts.get(file.path), before)
            undo.callback(before.put_back, place, file.path)
        for command in change.checks:
            _run(run, command, secrets)
        for command in change.commands:
            _run(run, command, secrets)
            if command.undo is not None:
                undo.callback(_run, run, command.undo, secrets)
        if change.update_grub:
            run(boot_argv.update_grub())
        for command in change.reloads:
            reloaded.append(command)
            _run(run, command, secrets)
        undo.pop_all()


@dataclass(frozen=True, slots=True)
class _Before:
    """A file as it was: its data with mode and owner, or a link; neither if it was not there."""

    data: bytes | None = None
    mode: int | None = None
    owner: tuple[int, int] | None = None
    link: str | None = None

    @staticmethod
    def of(place: Path) -> _Before:
        try:
            found = place.lstat()
            if stat.S_ISLNK(found.st_mode):
                return _Before(link=str(place.readlink()))
            owner = (found.st_uid, found.st_gid)
            return _Before(place.read_bytes(), stat.S_IMODE(found.st_mode), owner)
        except FileNotFoundError:
            return _Before()

    def put_back(self, place: Path, path: str) -> None:
        with _failing_as("could not be put back as it was", path):
            if self.link is not None:
                put_link(place, self.link)
            elif self.data is not None and self.mode is not None:
                put_file(place, self.data, self.mode, durable=True, owner=self.owner)
            else:
                _remove(place)


def _input_of(command: HostCommand, secrets: Secrets) -> str | Secret:
    return filled_in(command.text, command.secret, command.argv[0], secrets)


def _run(run: Runner, command: HostCommand, secrets: Secrets) -> None:
    run_stated(run, command, _input_of(command, secrets))


def _reload_again(run: Runner, reloaded: list[HostCommand]) -> None:
    """Have services read what is back; how that ends is no news beside what went wrong."""
    for command in reloaded:
        run(command.argv, check=False)


def _place(root: Path, file: HostFile) -> Path:
    """Where a file really is: one that is kept elsewhere, under a link, stays so."""
    place = inside(root, file.path)
    if file.link is not None or file.goes or not place.is_symlink():
        return place
    real = place.resolve()
    if not real.is_relative_to(root.resolve()):
        raise ApplyError(Problem("path-leads-out", file.path, f"leads out of the system to {real}"))
    return real


def _put(place: Path, file: HostFile, text: str | Secret | None, before: _Before) -> None:
    if file.link is not None:
        put_link(place, file.link)
        return
    if file.goes:
        _remove(place)
        return
    new_mode = _NEW_PROGRAM_MODE if file.is_program else _NEW_FILE_MODE
    kept = new_mode if before.mode is None else before.mode
    mode = kept if file.mode is None else file.mode
    put_file(place, _data(file, text), mode, durable=True, owner=before.owner)


def _data(file: HostFile, text: str | Secret | None) -> bytes:
    if file.hex is not None:
        return bytes.fromhex(file.hex)
    assert text is not None, "a file that stays has content"
    return (text.reveal() if isinstance(text, Secret) else text).encode()


def _remove(place: Path) -> None:
    if os.path.lexists(place):
        place.unlink()
        sync_folder(place.parent)


@contextmanager
def _failing_as(message: str, path: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ApplyError(Problem("write-failed", path, f"{message}: {error.strerror}")) from error
