"""What facts say of GRUB for BIOS, after grub-install and after somebody's hand."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from bedplate.apply.boot import install_bios_grub
from bedplate.apply.devices import partition_path
from bedplate.facts import probe_disk_facts
from bedplate.facts.bios_boot import boot_image_checksum, probe_bios_boot
from bedplate.facts.root_grub import probe_root_grub
from bedplate.model.bios_boot import BiosBootFact
from bedplate.model.plan import Role
from bedplate.plan.root_grub import grub_disks, grub_faults
from bedplate.run import run
from bedplate.units import GIB
from tests.support.loop import LoopDisk, loop_disk, write_tables
from tests.support.plans import disk_plan


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[LoopDisk]:
    with loop_disk(tmp_path / "disk", size_bytes=2 * GIB) as attached:
        yield attached


@pytest.fixture
def grub(disk: LoopDisk, tmp_path: Path) -> Iterator[Path]:
    """GRUB on the disk; the folder that it keeps its images and modules in."""
    plan = disk_plan(disk.path, size_bytes=disk.size_bytes)
    write_tables(plan)
    data = plan.by_role(Role.DATA)
    assert data is not None
    node = partition_path(plan, data)
    run(["mkfs.ext4", "-q", node])
    at = tmp_path / "boot"
    at.mkdir()
    run(["mount", node, at])
    try:
        install_bios_grub(run, plan.id, at)
        disk.flush()
        yield at / "grub/i386-pc"
    finally:
        run(["umount", at])


def probe(disk: LoopDisk, core_bytes: int) -> BiosBootFact:
    return probe_bios_boot(Path(disk.path), core_bytes)


def test_the_images_are_those_of_the_files(disk: LoopDisk, grub: Path) -> None:
    core = (grub / "core.img").read_bytes()
    assert probe(disk, len(core)) == BiosBootFact(
        boot_image=boot_image_checksum((grub / "boot.img").read_bytes()),
        core_sector=34,
        core_image=hashlib.sha256(core).hexdigest(),
    )


@pytest.mark.parametrize("place", [0, 500 - 1, 512, 20_000])
def test_one_byte_of_the_core_image_is_another(disk: LoopDisk, grub: Path, place: int) -> None:
    core_bytes = (grub / "core.img").stat().st_size
    before = probe(disk, core_bytes)
    # By the partition, whose content the kernel keeps apart from that of the disk.
    with open(disk.partitions()[0], "r+b", buffering=0) as device:  # noqa: PTH123 - a device node
        sector = bytearray(os.pread(device.fileno(), 512, place // 512 * 512))
        sector[place % 512] ^= 1
        os.pwrite(device.fileno(), sector, place // 512 * 512)
        os.fsync(device.fileno())
    after = probe(disk, core_bytes)
    assert (after.boot_image, after.core_sector) == (before.boot_image, before.core_sector)
    assert after.core_image != before.core_image


def test_a_disk_without_grub(disk: LoopDisk) -> None:
    assert probe(disk, 30_000) == BiosBootFact()


def test_a_disk_that_has_gone(tmp_path: Path) -> None:
    found = probe_bios_boot(tmp_path / "sdz", 0)
    assert found == BiosBootFact(error="No such file or directory")


def test_a_disk_starts_the_host_as_long_as_its_grub_is_the_one_of_the_root(
    disk: LoopDisk, grub: Path
) -> None:
    """The root is where `boot` is; for GRUB to be another, it was installed elsewhere last."""

    def faults() -> list[str]:
        found = probe_disk_facts(run, {disk.path})
        root = probe_root_grub(run, found, grub.parents[2])
        assert root is not None
        assert grub_disks(root, found, ()) == found  # it is in use
        return [problem.message for one in found for problem in grub_faults(one, root)]

    assert faults() == []
    (grub / "core.img").write_bytes(bytes((grub / "core.img").stat().st_size))
    (fault,) = faults()
    assert fault.endswith("is not the one of /boot/grub")
