"""What tools wrote to real block devices is what the facts say, value by value."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path

import parted
import pytest

from bedplate.facts import probe_disk_facts
from bedplate.model.facts import DiskFact, PartitionFact, Signature
from bedplate.run import Result, run
from bedplate.units import MIB
from tests.loop.conftest import AttachDisk
from tests.support.loop import LoopDisk

pytestmark = pytest.mark.loop

DISK_GUID = "01234567-89ab-4cde-8f01-23456789abcd"
BIOS_BOOT, ESP, LINUX = (
    "21686148-6449-6e6f-744e-656564454649",
    "c12a7328-f81f-11d2-ba4b-00a0c93ec93b",
    "0fc63daf-8483-4772-8e79-3d69d8477de4",
)
GUIDS = tuple(f"{digit * 8}-1111-4111-8111-111111111111" for digit in "123")
PV_UUID = "Ilfjwl-xnvV-qjJN-i1I0-frHq-7tRl-A1nTLd"
TABLE = f"""\
label: gpt
label-id: {DISK_GUID}
start=1MiB, size=1MiB, type={BIOS_BOOT}, uuid={GUIDS[0]}, attrs="LegacyBIOSBootable"
start=2MiB, size=64MiB, type={ESP}, uuid={GUIDS[1]}, name="EFI"
start=66MiB, size=400MiB, type={LINUX}, uuid={GUIDS[2]}
"""
SECTOR_SIZES = pytest.mark.parametrize("sector_size", [512, 4096])


def fact(disk: LoopDisk) -> DiskFact:
    (found,) = probe_disk_facts(run, {disk.path})
    return found


def partitioned(disk: LoopDisk) -> tuple[str, ...]:
    run(["sfdisk", "--quiet", "--no-reread", "--no-tell-kernel", disk.path], stdin=TABLE)
    return disk.tell_kernel()


def bare_fact(disk: LoopDisk) -> DiskFact:
    """The facts of a blank loop disk; what udev and kernel call it is not this test's business."""
    found = fact(disk)
    return DiskFact(
        path=disk.path,
        rotational=found.rotational,
        size_bytes=disk.size_bytes,
        sector_size=disk.sector_size,
        physical_sector_size=found.physical_sector_size,
        bus_path=found.bus_path,
        properties=found.properties,
    )


@SECTOR_SIZES
def test_a_blank_disk(attach_disk: AttachDisk, sector_size: int) -> None:
    disk = attach_disk(size_bytes=64 * MIB, sector_size=sector_size)
    assert fact(disk) == bare_fact(disk)


@SECTOR_SIZES
def test_a_table_that_sfdisk_wrote(attach_disk: AttachDisk, sector_size: int) -> None:
    disk = attach_disk(size_bytes=512 * MIB, sector_size=sector_size)
    partitioned(disk)

    def partition(number: int, start_mib: int, size_mib: int, type_guid: str) -> PartitionFact:
        return PartitionFact(
            number=number,
            path=f"{disk.path}p{number}",
            first_sector=start_mib * MIB // sector_size,
            last_sector=(start_mib + size_mib) * MIB // sector_size - 1,
            size_bytes=size_mib * MIB,
            type_guid=type_guid,
            guid=GUIDS[number - 1],
            name="EFI" if number == 2 else None,
            flags=("legacy-boot",) if number == 1 else (),
        )

    table = {
        "table": "gpt",
        "guid": DISK_GUID,
        "partitions": (
            partition(1, 1, 1, BIOS_BOOT),
            partition(2, 2, 64, ESP),
            partition(3, 66, 400, LINUX),
        ),
        "signatures": (Signature(kind="gpt"), Signature(kind="PMBR")),
    }
    assert fact(disk) == bare_fact(disk).model_copy(update=table)
    assert fact(disk) == fact(disk)


@SECTOR_SIZES
def test_libparted_sees_the_same_table(attach_disk: AttachDisk, sector_size: int) -> None:
    disk = attach_disk(size_bytes=512 * MIB, sector_size=sector_size)
    partitioned(disk)
    # libparted remembers devices by path, and with them the sector size of an earlier test's disk.
    # Freeing all of them would end the tests as soon as a table of one is collected as garbage.
    parted.getDevice(disk.path).removeFromCache()
    table = parted.newDisk(parted.getDevice(disk.path))
    seen = [
        (part.number, part.geometry.start, part.geometry.end, part.name or None)
        for part in table.partitions
    ]
    found = fact(disk)
    assert (table.type, table.device.sectorSize) == (found.table, found.sector_size)
    assert seen == [
        (part.number, part.first_sector, part.last_sector, part.name) for part in found.partitions
    ]


FILE_SYSTEMS = {
    "vfat": (["mkfs.vfat", "-i", "1234ABCD", "-n", "ESP"], "1234-ABCD", "ESP"),
    "ext4": (["mkfs.ext4", "-q", "-L", "root", "-U", GUIDS[0]], GUIDS[0], "root"),
    "xfs": (["mkfs.xfs", "-q", "-f", "-L", "data", "-m", f"uuid={GUIDS[1]}"], GUIDS[1], "data"),
    "swap": (["mkswap", "-q", "-L", "swap", "-U", GUIDS[2]], GUIDS[2], "swap"),
    "btrfs": (["mkfs.btrfs", "-q", "-L", "b", "-U", GUIDS[2]], GUIDS[2], "b"),
}


@pytest.mark.parametrize("kind", FILE_SYSTEMS)
def test_content_of_a_partition(attach_disk: AttachDisk, kind: str) -> None:
    disk = attach_disk(size_bytes=512 * MIB)
    nodes = partitioned(disk)
    command, uuid, label = FILE_SYSTEMS[kind]
    run([*command, nodes[2]])
    content = [part.signatures for part in fact(disk).partitions]
    assert content == [(), (), (Signature(kind=kind, label=label, uuid=uuid),)]


def test_a_pv_on_a_whole_disk(attach_disk: AttachDisk) -> None:
    disk = attach_disk(size_bytes=64 * MIB)
    run(["pvcreate", "--quiet", "--uuid", PV_UUID, "--norestorefile", disk.path])
    assert fact(disk).signatures == (Signature(kind="LVM2_member", uuid=PV_UUID),)


def test_leftovers_under_a_new_file_system_are_seen(attach_disk: AttachDisk) -> None:
    disk = attach_disk(size_bytes=64 * MIB)
    run(["pvcreate", "--quiet", "--uuid", PV_UUID, "--norestorefile", disk.path])
    superblock = disk.image.parent / "ext4"
    superblock.touch()
    with superblock.open("r+b") as file:
        file.truncate(disk.size_bytes)
    run(["mkfs.ext4", "-q", "-U", GUIDS[1], superblock])
    # mkfs.ext4 clears what was there before; only its superblock is put beside the PV's label.
    with superblock.open("rb") as source, Path(disk.path).open("r+b", buffering=0) as target:
        source.seek(1024)
        target.seek(1024)
        target.write(source.read(1024))
    assert set(fact(disk).signatures) == {
        Signature(kind="LVM2_member", uuid=PV_UUID),
        Signature(kind="ext4", uuid=GUIDS[1]),
    }


def test_an_msdos_table(attach_disk: AttachDisk) -> None:
    disk = attach_disk(size_bytes=64 * MIB)
    table = "label: dos\nlabel-id: 0x1234abcd\nstart=1MiB, size=16MiB, type=83\n"
    run(["sfdisk", "--quiet", "--no-reread", "--no-tell-kernel", disk.path], stdin=table)
    (node,) = disk.tell_kernel()
    expected = {
        "table": "dos",
        "partitions": (
            PartitionFact(
                number=1, path=node, first_sector=2048, last_sector=34815, size_bytes=16 * MIB
            ),
        ),
        "signatures": (Signature(kind="dos"),),
    }
    assert fact(disk) == bare_fact(disk).model_copy(update=expected)


def test_a_table_with_a_damaged_primary_copy(attach_disk: AttachDisk) -> None:
    disk = attach_disk(size_bytes=512 * MIB)
    partitioned(disk)
    before = fact(disk)
    with Path(disk.path).open("r+b", buffering=0) as device:
        device.seek(512)
        device.write(bytes(512))
    assert fact(disk).model_dump() == before.model_dump()


@contextlib.contextmanager
def mounted(node: str, target: Path) -> Iterator[None]:
    target.mkdir()
    run(["mount", node, target])
    try:
        yield
    finally:
        run(["umount", target])


def test_mounts(attach_disk: AttachDisk, tmp_path: Path) -> None:
    disk = attach_disk(size_bytes=512 * MIB)
    nodes = partitioned(disk)
    run(["mkfs.ext4", "-q", nodes[2]])
    with mounted(nodes[2], tmp_path / "a b"), mounted(nodes[2], tmp_path / "again"):
        in_use = [part.mounts for part in fact(disk).partitions]
    assert in_use == [(), (), (str(tmp_path / "a b"), str(tmp_path / "again"))]
    assert [part.mounts for part in fact(disk).partitions] == [(), (), ()]


def test_swap(attach_disk: AttachDisk) -> None:
    disk = attach_disk(size_bytes=512 * MIB)
    nodes = partitioned(disk)
    run(["mkswap", "-q", nodes[2]])
    run(["swapon", nodes[2]])
    try:
        in_use = [part.swap for part in fact(disk).partitions]
    finally:
        run(["swapoff", nodes[2]])
    assert in_use == [False, False, True]
    assert [part.swap for part in fact(disk).partitions] == [False, False, False]


def test_only_the_disks_asked_for(attach_disk: AttachDisk) -> None:
    wanted, other = attach_disk(size_bytes=64 * MIB), attach_disk(size_bytes=64 * MIB)
    assert [disk.path for disk in probe_disk_facts(run, {wanted.path})] == [wanted.path]
    everything = {disk.path for disk in probe_disk_facts(run, include_loop=True)}
    assert {wanted.path, other.path} <= everything
    assert not {wanted.path, other.path} & {disk.path for disk in probe_disk_facts(run)}
    assert probe_disk_facts(run, {"ata-NO_SUCH_DISK"}) == ()
    assert probe_disk_facts(run, ()) == ()


def test_looking_changes_nothing(attach_disk: AttachDisk) -> None:
    disk = attach_disk(size_bytes=512 * MIB)
    nodes = partitioned(disk)
    run(["mkfs.ext4", "-q", nodes[2]])
    before = disk.checksum()
    fact(disk)
    assert disk.checksum() == before


def test_one_look_is_one_process_for_all_disks(attach_disk: AttachDisk) -> None:
    disks = [attach_disk(size_bytes=64 * MIB) for _ in range(4)]
    started: list[tuple[str, ...]] = []

    def counted(argv: list[str], **options: bool) -> Result:
        started.append(tuple(argv))
        return run(argv, **options)  # type: ignore[arg-type]

    probe_disk_facts(counted, [disk.path for disk in disks])  # type: ignore[arg-type]
    paths = tuple(disk.path for disk in disks)
    assert [(argv[:3], set(argv[3:])) for argv in started] == [
        (("wipefs", "--json", "--no-act"), set(paths))
    ]


def test_the_facts_survive_json(attach_disk: AttachDisk) -> None:
    disk = attach_disk(size_bytes=512 * MIB)
    partitioned(disk)
    found = fact(disk)
    assert DiskFact.model_validate_json(found.model_dump_json()) == found
    assert json.loads(found.model_dump_json())["guid"] == DISK_GUID
