"""What starts the machine: the files on each ESP, GRUB for BIOS, the firmware's boot entries."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from itertools import zip_longest
from pathlib import Path

from bedplate.apply.devices import disk_path
from bedplate.apply.files import inside
from bedplate.apply.interrupt import raise_if_interrupted
from bedplate.errors import ApplyError, CommandError, Problem
from bedplate.model.plan import DiskPlan, PartitionPlan
from bedplate.model.step import AddBootEntry, FillEsp
from bedplate.render import boot_argv
from bedplate.render.argv import joined
from bedplate.run import Runner
from bedplate.units import MIB


def fill_esp(step: FillEsp, root: Path, esp: Path) -> None:
    """Write an ESP's files; raises `ApplyError` if one does not read back as it was written."""
    for text in step.texts:
        _put(esp / text.path, [text.content.encode()])
    for copy in step.copies:
        source = inside(root, copy.source)
        _put(esp / copy.path, _chunks(source))
        if not _is_copy(esp / copy.path, source):
            message = "does not read back as it was written"
            hint = "the disk is failing: replace it"
            raise ApplyError(Problem("write-failed", f"{step.disk}: {copy.path}", message, hint))


def install_bios_grub(run: Runner, disk: DiskPlan, boot_directory: Path) -> None:
    """Put GRUB's boot sector and core image on a disk."""
    run(boot_argv.install_grub(disk_path(disk.id), boot_directory))


def add_boot_entry(
    run: Runner, step: AddBootEntry, disk: DiskPlan, partition: PartitionPlan
) -> str | None:
    """Add a firmware boot entry; returns why not where the firmware refuses."""
    try:
        run(joined(boot_argv.add_boot_entry(step, disk_path(disk.id), partition)))
    except CommandError as error:
        raise_if_interrupted()  # then it was not the firmware that refused
        return (
            f"{step.disk}: the firmware took no boot entry, it will use the default path ({error})"
        )
    return None


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from iter(lambda: file.read(4 * MIB), b"")


def _put(place: Path, chunks: Iterable[bytes]) -> None:
    """Write a file under a temporary name, sync and rename it."""
    place.parent.mkdir(parents=True, exist_ok=True)
    part = place.with_name(place.name + ".part")
    with part.open("wb") as file:
        file.writelines(chunks)
        file.flush()
        os.fsync(file.fileno())
        # Dropped from memory, so that reading it again is reading the disk.
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    part.replace(place)


def _is_copy(path: Path, source: Path) -> bool:
    pairs = zip_longest(_chunks(path), _chunks(source))
    return all(written == wanted for written, wanted in pairs)
