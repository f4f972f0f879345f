"""What starts the machine: the files on each ESP, GRUB for BIOS, the firmware's boot entries."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from bedplate.apply.devices import disk_path
from bedplate.apply.esp_files import NewFile, chunks_of, put_files, write_failure
from bedplate.apply.files import inside
from bedplate.apply.nvram import firmware_refusal
from bedplate.errors import ApplyError
from bedplate.model.plan import DiskPlan, PartitionPlan
from bedplate.model.step import AddBootEntry, FillEsp
from bedplate.render import boot_argv
from bedplate.render.argv import joined
from bedplate.run import Runner


def fill_esp(step: FillEsp, root: Path, esp: Path) -> None:
    """Write an ESP's files; raises `ApplyError` if that fails or one does not read back."""
    texts = [NewFile(text.path, partial(iter, [text.content.encode()])) for text in step.texts]
    copies = [NewFile(copy.path, chunks_of(inside(root, copy.source))) for copy in step.copies]
    try:
        put_files(esp, (*texts, *copies), step.disk)
    except OSError as error:
        raise ApplyError(write_failure(step.disk, error)) from error


def install_bios_grub(run: Runner, disk: str, boot_directory: Path) -> None:
    """Put GRUB's boot sector and core image on a disk, known by its stable id."""
    run(boot_argv.install_grub(disk_path(disk), boot_directory))


def add_boot_entry(
    run: Runner, step: AddBootEntry, disk: DiskPlan, partition: PartitionPlan
) -> str | None:
    """Add a firmware boot entry; returns why not where the firmware refuses."""
    add = joined(boot_argv.add_boot_entry(step, disk_path(disk.id), partition))
    refusal = firmware_refusal(run, add)
    if refusal is None:
        return None
    return f"{step.disk}: the firmware took no boot entry, it will use the default path ({refusal})"
