"""Files of the new system, written below its mounted root."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bedplate.apply.programs import filled_in, run_stated
from bedplate.errors import ApplyError, Problem
from bedplate.model.plan import FilePlan, Plan
from bedplate.model.request import NO_SECRETS, RootPassword, Secrets
from bedplate.model.secret import Secret
from bedplate.model.step import RunInRoot
from bedplate.render import target_argv
from bedplate.render.initramfs import place_in_initramfs, render_archive
from bedplate.run import Runner


def write_files(plan: Plan, root: Path, secrets: Secrets = NO_SECRETS) -> None:
    """Write planned files and links, each under a temporary name first, and the plan itself.

    The plan tells whoever looks after the host what was meant to be where.
    """
    for file in (*plan.files, plan.record()):
        _write(file, inside(root, file.path), secrets)


def set_password(run: Runner, root: Path, user: str, password: RootPassword) -> None:
    """Set a password in the new system."""
    line = Secret(f"{user}:{password.text.reveal()}\n")
    run(target_argv.set_password(root, hashed=password.hashed), stdin=line)


def run_in_root(run: Runner, step: RunInRoot, root: Path, secrets: Secrets) -> None:
    """Run a program in the new system. Raises `CommandError` if it fails."""
    text = filled_in(step.text, step.secret, step.id, secrets)
    run_stated(run, step, text, target_argv.run_in(root, step.argv))


def extend_initramfs(root: Path, initrd: str, paths: tuple[str, ...]) -> None:
    """Append an archive of files of the new system to its initramfs.

    The kernel unpacks one archive after the other, later files over earlier ones; a rebuild of the
    initramfs on the host picks the same files up from /etc by itself.
    """
    contents = {
        place_in_initramfs(path): (_mode(root, path), inside(root, path).read_bytes())
        for path in paths
    }
    place = inside(root, initrd)
    part = place.with_name(place.name + ".part")
    shutil.copy2(place, part)
    with part.open("ab") as file:
        # An archive must start at a multiple of four; zeros between archives are skipped.
        file.write(bytes(-file.tell() % 512))
        file.write(render_archive(contents))
        file.flush()
        os.fsync(file.fileno())
    part.replace(place)


def inside(root: Path, path: str) -> Path:
    """The place of an absolute path of the new system; it must not lead out by a link."""
    place = root / path.lstrip("/")
    parent = place.parent.resolve()
    if not parent.is_relative_to(root.resolve()):
        raise ApplyError(
            Problem("path-leads-out", path, f"leads out of the new system to {parent}")
        )
    return place


def _mode(root: Path, path: str) -> int:
    return stat.S_IMODE(inside(root, path).stat().st_mode)


def put_file(
    place: Path,
    data: bytes,
    mode: int,
    *,
    durable: bool = False,
    owner: tuple[int, int] | None = None,
) -> None:
    """Write a file under a temporary name first; nobody ever sees it with another mode or owner.

    A `durable` file is on disk when this returns, and a power cut leaves the old or the new one.
    `owner` are the ids of a user and a group; without, it is whoever runs this.
    """
    with _replacing(place) as part:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        with os.fdopen(os.open(part, flags, mode), "wb") as out:
            if owner is not None:
                os.fchown(out.fileno(), *owner)
            os.fchmod(out.fileno(), mode)
            out.write(data)
            if durable:
                out.flush()
                os.fsync(out.fileno())
    if durable:
        sync_folder(place.parent)


def put_link(place: Path, target: str) -> None:
    """Have a link at `place`, whatever was there before."""
    with _replacing(place) as part:
        part.symlink_to(target)


def sync_folder(folder: Path) -> None:
    """Have the names in a folder on disk: after a file was renamed or removed."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write(file: FilePlan, place: Path, secrets: Secrets) -> None:
    if file.link is not None:
        put_link(place, file.link)
    elif file.secret is not None:
        text = secrets.fill(file.content, file.secret, file.path)
        put_file(place, text.reveal().encode(), file.mode)
    else:
        put_file(place, file.data(), file.mode)


@contextmanager
def _replacing(place: Path) -> Iterator[Path]:
    """A name beside `place` that becomes it at the end."""
    place.parent.mkdir(parents=True, exist_ok=True)
    part = place.with_name(f".{place.name}.bedplate")
    part.unlink(missing_ok=True)
    try:
        yield part
        part.replace(place)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
