"""The md array under a volume group: its size, and what follows from it."""

from __future__ import annotations

from typing import Any

import pytest

from bedplate.model.facts import FirmwareKind
from bedplate.model.gpt import LINUX_RAID_TYPE
from bedplate.model.plan import Array, LvmStorage, Plan, Role
from bedplate.model.request import LvmOptions
from bedplate.model.step import CreateArray, CreateVolumeGroup, ExtendInitramfs
from bedplate.plan.ids import Ids
from bedplate.plan.install import plan_install
from bedplate.units import GIB, MIB
from tests.unit.plan.builders import LVM_MIRROR, MANIFEST, disk, machine, request


def plan(*sizes_bytes: int, **changes: Any) -> Plan:
    disks = [disk(letter, size) for letter, size in zip("ab", sizes_bytes, strict=True)]
    ask = request(LVM_MIRROR, "sda", "sdb").model_copy(update=changes)
    return plan_install(ask, LVM_MIRROR, machine(*disks), MANIFEST, Ids(b"array"))


def array_of(planned: Plan) -> Array:
    assert isinstance(planned.storage, LvmStorage)
    assert planned.storage.array is not None
    return planned.storage.array


@pytest.mark.parametrize(
    ("sizes", "changes", "array_mib"),
    [
        # 16 GiB less 513 MiB, the backup table and 128 MiB of slack, in steps of 256 MiB, less 16.
        ((16 * GIB, 16 * GIB), {}, 15616 - 16),
        ((16 * GIB, 17 * GIB), {}, 15616 - 16),
        ((17 * GIB, 16 * GIB), {}, 15616 - 16),
        # To the disk's end, less the backup table; what is no whole MiB is not used.
        ((16 * GIB, 16 * GIB), {"slack": False}, 16384 - 513 - 1 - 16),
        ((16 * GIB, 17 * GIB), {"slack": False}, 16384 - 513 - 1 - 16),
        ((16 * GIB, 16 * GIB), {"lvm": LvmOptions(hdsize_bytes=10 * GIB)}, 10240 - 513 - 16),
    ],
)
def test_size(sizes: tuple[int, ...], changes: dict[str, Any], array_mib: int) -> None:
    array = array_of(plan(*sizes, **changes))
    assert (array.data_offset_bytes, array.size_bytes) == (16 * MIB, array_mib * MIB)


def test_volumes_are_shared_out_of_the_array_by_the_rules_for_a_disk() -> None:
    planned = plan(200 * GIB, 200 * GIB)
    array = array_of(planned)
    assert array.size_bytes == (203520 - 16) * MIB
    assert isinstance(planned.storage, LvmStorage)
    assert planned.storage.pvs == (array.uuid,)
    root_mib = (203504 - 8192) // 4 + 12288
    assert planned.storage.volume("root").size_bytes == root_mib // 4 * 4 * MIB


def test_partitions_say_that_they_are_of_an_array() -> None:
    planned = plan(16 * GIB, 16 * GIB)
    parts = [part for one in planned.disks for part in one.partitions if part.role is Role.DATA]
    assert [part.type_guid for part in parts] == [LINUX_RAID_TYPE] * 2
    assert array_of(planned).members == tuple(part.guid for part in parts)


def test_the_array_comes_before_what_is_on_it_and_the_initramfs_knows_it() -> None:
    steps = plan(16 * GIB, 16 * GIB).steps
    kinds = [type(step) for step in steps]
    assert kinds.index(CreateArray) + 1 == kinds.index(CreateVolumeGroup)
    (initramfs,) = [step for step in steps if isinstance(step, ExtendInitramfs)]
    assert "/etc/mdadm/mdadm.conf" in initramfs.paths


def test_every_esp_starts_the_host_without_reading_the_array() -> None:
    planned = plan(16 * GIB, 16 * GIB)
    assert planned.boot.esp_sync
    assert {(x.firmware, x.loader) for x in planned.boot.loaders} == {
        (FirmwareKind.BIOS, "grub"),
        (FirmwareKind.UEFI, "grub"),
    }
    fills = [step for step in planned.steps if step.kind == "fill-esp"]
    kernel = f"EFI/proxmox/{MANIFEST.kernel}"
    for step in fills:
        assert {copy.path for copy in step.copies} >= {
            f"{kernel}/vmlinuz-{MANIFEST.kernel}",
            f"{kernel}/initrd.img-{MANIFEST.kernel}",
            "EFI/BOOT/BOOTX64.EFI",
            "EFI/BOOT/grubx64.efi",
        }
        texts = {text.path: text.content for text in step.texts}
        assert f"linux /{kernel}/vmlinuz-{MANIFEST.kernel} root=" in texts["grub/grub.cfg"]
        assert texts["EFI/debian/grub.cfg"] == "configfile ($root)/grub/grub.cfg\n"
    entries = [step.loader for step in planned.steps if step.kind == "add-boot-entry"]
    assert entries == [r"\EFI\proxmox\shimx64.efi"] * 2
