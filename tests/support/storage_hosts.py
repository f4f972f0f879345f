"""Hosts that run and have further disks, for tests of the planners of more storage.

`zfs_host` starts from a mirror on sda and sdb, `lvm_host` from LVM-thin on sda. Both have blank
disks of 200 GiB (sdc to sdg), one of 160 GiB (sdh), one with sectors of 4096 bytes (sdi), a disk
with a file system on it (sdj), and two flash disks (nvme0n1, nvme1n1).
"""

from __future__ import annotations

from collections.abc import Iterable

from bedplate.model.esp import EspFact, EspFacts, UuidList
from bedplate.model.facts import (
    DiskFact,
    Facts,
    Firmware,
    FirmwareKind,
    LayerFact,
    LayerKind,
    LogicalVolumeFact,
    PartitionFact,
    PoolFact,
    Signature,
    VolumeGroupFact,
)
from bedplate.model.gpt import ESP_TYPE, LVM_TYPE, ZFS_TYPE
from bedplate.model.plan import Role
from bedplate.model.store import MemberFact, MemberGroup, MemberState, StoreFact
from bedplate.plan.storage_entries import directory_entry, pool_entry, thin_entry
from bedplate.plan.storage_input import StorageInput
from bedplate.render.storage_cfg import render_storage_cfg
from bedplate.units import GIB, MIB

EXTENT = 4 * MIB
PVE_UUID = "pvepve-" + "-".join(["0123"] * 5) + "-456789"
DATA_UUID = "vmdata-" + "-".join(["0123"] * 5) + "-456789"
LVM_FSTAB = "/dev/pve/swap none swap sw 0 0\n/dev/pve/root / ext4 errors=remount-ro 0 1\n"
_LOCAL = directory_entry("local", "/var/lib/vz", ("iso", "vztmpl", "backup"))


def disk(letter: str, size_gib: float = 200, *, sector_size: int = 512) -> DiskFact:
    """A blank spinning disk."""
    return DiskFact(
        path=f"/dev/sd{letter}",
        by_id=(f"ata-ST200_S-{letter}",),
        serial=f"S-{letter}",
        model="ST200",
        transport="sata",
        rotational=True,
        size_bytes=int(size_gib * GIB),
        sector_size=sector_size,
        physical_sector_size=4096,
    )


def flash(number: int) -> DiskFact:
    """A blank NVMe drive."""
    return DiskFact(
        path=f"/dev/nvme{number}n1",
        by_id=(f"nvme-FAST_N-{number}",),
        serial=f"N-{number}",
        model="FAST",
        transport="nvme",
        rotational=False,
        size_bytes=100 * GIB,
        sector_size=512,
        physical_sector_size=512,
    )


def with_partitions(plain: DiskFact, *parts: tuple[str, int, str]) -> DiskFact:
    """The disk with a GPT: type, size and signature of each partition."""
    at, found = 2048, []
    for number, (kind, size, signature) in enumerate(parts, start=1):
        node = plain.path + ("p" if plain.path[-1].isdecimal() else "") + str(number)
        found.append(
            PartitionFact(
                number=number,
                path=node,
                first_sector=at,
                last_sector=at + size // 512 - 1,
                size_bytes=size,
                type_guid=kind,
                guid=f"{plain.serial}-{number}",
                signatures=(Signature(kind=signature, label=None, uuid=f"uuid-{node}"),),
            )
        )
        at += size // 512
    changes = {"table": "gpt", "partitions": tuple(found), "signatures": (Signature(kind="gpt"),)}
    return plain.model_copy(update=changes)


def member(found: DiskFact, number: int = 1, state: MemberState = MemberState.WELL) -> MemberFact:
    """A partition as a pool knows it."""
    path = f"/dev/disk/by-id/{found.id}-part{number}"
    return MemberFact(id=f"guid-{found.serial}-{number}", path=path, state=state)


def vdev(kind: str, *members: MemberFact, role: Role = Role.DATA) -> MemberGroup:
    """A vdev of a pool with blocks of 4096 bytes."""
    return MemberGroup(type=kind, role=role, members=members, ashift=12)


def zfs_host(*vdevs: MemberGroup, of: Iterable[DiskFact] = (), **changes: object) -> StorageInput:
    """A host whose root is on a mirror, and with a pool `tank` of these vdevs on disks `of` it."""
    boot = tuple(
        with_partitions(disk(letter), (ESP_TYPE, GIB, "vfat"), (ZFS_TYPE, 198 * GIB, "zfs_member"))
        for letter in "ab"
    )
    stores = [_store("rpool", vdev("mirror-0", *(member(one, 2) for one in boot)))]
    if vdevs:
        stores.append(_store("tank", *vdevs))
    pools = tuple(
        PoolFact(
            name=store.name,
            guid=store.id,
            state="ONLINE",
            imported=True,
            members=tuple(one.path for _, one in store.members if one.path is not None),
            mounts=("/",) if store.name == "rpool" else (),
        )
        for store in stores
    )
    esps = tuple(
        EspFact(
            disk=one.id,
            title=one.describe(),
            path=f"{one.path}1",
            number=1,
            size_bytes=GIB,
            type_guid=ESP_TYPE,
            fat_id=f"000{n}-AAAA",
        )
        for n, one in enumerate(boot)
    )
    local = (_LOCAL, pool_entry("local-zfs", "rpool/data", ("images", "rootdir")))
    return StorageInput(
        facts=_machine(boot, of).model_copy(update={"pools": pools, **changes}),
        stores=tuple(stores),
        esps=EspFacts(esps=esps, listed=UuidList(ids=("0000-AAAA", "0001-AAAA"))),
        storage_cfg=render_storage_cfg(local),
    )


def lvm_host(
    *groups: VolumeGroupFact, of: Iterable[DiskFact] = (), fstab: str = ""
) -> StorageInput:
    """A host whose root is in the group `pve`, and with these groups on disks `of` it."""
    boot = with_partitions(disk("a"), (ESP_TYPE, GIB, "vfat"), (LVM_TYPE, 198 * GIB, "LVM2_member"))
    root = LayerFact(
        path="/dev/mapper/pve-root",
        node="/dev/dm-0",
        kind=LayerKind.LVM,
        on=("/dev/sda2",),
        uuid=f"LVM-{PVE_UUID.replace('-', '')}{'r' * 32}",
        mounts=("/",),
    )
    boot = boot.model_copy(update={"layers": (root,)})
    pve = group("pve", ("/dev/sda2",), 198, 20, thin_pool("data", 100, GIB), uuid=PVE_UUID)
    local = (_LOCAL, thin_entry("local-lvm", "pve", "data", ("rootdir", "images")))
    facts = _machine((boot,), of).model_copy(update={"volume_groups": (pve, *groups)})
    return StorageInput(
        facts=facts,
        stores=(),
        esps=EspFacts(),
        fstab=LVM_FSTAB + fstab,
        storage_cfg=render_storage_cfg(local),
    )


def group(
    name: str,
    pvs: tuple[str, ...],
    size_gib: int,
    free_gib: float,
    *volumes: LogicalVolumeFact,
    uuid: str = DATA_UUID,
) -> VolumeGroupFact:
    """A volume group with a spare for the metadata of its pools."""
    return VolumeGroupFact(
        name=name,
        uuid=uuid,
        size_bytes=size_gib * GIB,
        free_bytes=int(free_gib * GIB),
        extent_bytes=EXTENT,
        pvs=pvs,
        volumes=volumes,
        spare_bytes=max((one.metadata_size_bytes or 0 for one in volumes), default=0),
    )


def thin_pool(name: str, size_gib: int, metadata_bytes: int) -> LogicalVolumeFact:
    return LogicalVolumeFact(
        name=name,
        uuid=f"uuid-{name}",
        size_bytes=size_gib * GIB,
        kind="thin,pool",
        active=True,
        metadata_size_bytes=metadata_bytes,
    )


def thin_volume(name: str, pool: str, size_gib: int) -> LogicalVolumeFact:
    return LogicalVolumeFact(
        name=name,
        uuid=f"uuid-{name}",
        size_bytes=size_gib * GIB,
        kind="thin,sparse",
        active=True,
        pool=pool,
    )


def pv_disk(letter: str) -> DiskFact:
    """A disk that is a PV, as an earlier command made it."""
    return with_partitions(disk(letter), (LVM_TYPE, 199 * GIB, "LVM2_member"))


def pool_disk(found: DiskFact, *sizes: int) -> DiskFact:
    """A disk of a pool, as an earlier command made it."""
    return with_partitions(
        found, *((ZFS_TYPE, size, "zfs_member") for size in sizes or (99 * GIB,))
    )


def _store(name: str, *groups: MemberGroup) -> StoreFact:
    return StoreFact(kind="zfs", id=f"guid-{name}", name=name, at=name, groups=groups)


def _machine(boot: tuple[DiskFact, ...], of: Iterable[DiskFact]) -> Facts:
    used = {one.path: one for one in (*boot, *of)}
    old = with_partitions(disk("j"), ("0FC63DAF-8483-4772-8E79-3D69D8477DE4", 100 * GIB, "ext4"))
    further = (
        *(disk(letter) for letter in "bcdefg"),
        disk("h", 160),
        disk("i", sector_size=4096),
        old,
        flash(0),
        flash(1),
    )
    blank = tuple(one for one in further if one.path not in used)
    disks = sorted((*used.values(), *blank), key=lambda one: one.path)
    return Facts(
        firmware=Firmware(kind=FirmwareKind.UEFI, nvram_writable=True),
        memory_bytes=16 * GIB,
        disks=tuple(disks),
    )
