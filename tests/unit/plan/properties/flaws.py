"""What makes a request impossible: one change each, with the code of the problem that names it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from bedplate.model.facts import (
    DiskFact,
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
from bedplate.model.layout import LvmLayout, ZfsLayout
from bedplate.model.request import (
    BtrfsOptions,
    DiskSelection,
    LvmOptions,
    SpecialOptions,
    ZfsOptions,
)
from bedplate.units import GIB, MIB, TIB
from tests.unit.plan.properties.asks import Ask

GUID = "00000000-0000-4000-8000-777777777777"
MEDIUM = (Signature(kind="iso9660", label="BEDPLATE"),)


@dataclass(frozen=True, slots=True)
class Flaw:
    """`spoil` makes a possible request impossible, and the planner has to say `code`."""

    code: str
    spoil: Callable[[Ask], Ask]


def named(ask: Ask) -> Ask:
    """The same request with the disks by name: some flaws keep a filter from seeing a disk."""
    data, *others = (DiskSelection(names=tuple(d.id for d in group)) for group in ask.groups())
    named_ask = ask.asking(disks=data)
    special = ask.request.special
    if special is None:
        return named_ask
    return named_ask.asking(special=special.model_copy(update={"disks": others[0]}))


def _partition(disk: DiskFact, **facts: object) -> tuple[PartitionFact, ...]:
    part = PartitionFact(
        number=7, path=f"{disk.path}p7", first_sector=2048, last_sector=4095, size_bytes=MIB
    )
    return (*disk.partitions, part.model_copy(update=facts))


def _imported_pool(ask: Ask, member: str) -> Ask:
    """A pool that is in use, with that member."""
    pool = PoolFact(name="busy", guid="1", state="ONLINE", imported=True, members=(member,))
    return ask.having(pools=(*ask.facts.pools, pool))


def _imported_pool_on_partition(ask: Ask) -> Ask:
    parts = _partition(ask.chosen[0])
    return _imported_pool(ask.with_disk(0, partitions=parts), parts[-1].path)


def _imported_pool_by_guid(ask: Ask) -> Ask:
    parts = _partition(ask.chosen[0], guid=GUID)
    return _imported_pool(ask.with_disk(0, partitions=parts), f"/dev/disk/by-partuuid/{GUID}")


def _imported_pool_by_id(ask: Ask) -> Ask:
    disk = ask.chosen[-1]
    member = f"/dev/disk/by-id/{disk.by_id[-1]}-part7"
    return _imported_pool(ask.with_disk(-1, partitions=_partition(disk)), member)


def _volume_group(name: str, *pvs: str, active: bool) -> VolumeGroupFact:
    volume = LogicalVolumeFact(name="v", uuid="v", size_bytes=1, kind="linear", active=active)
    return VolumeGroupFact(
        name=name, uuid="u", size_bytes=1, free_bytes=0, extent_bytes=1, pvs=pvs, volumes=(volume,)
    )


def _active_group(ask: Ask) -> Ask:
    return ask.having(volume_groups=(_volume_group("busy", ask.chosen[-1].path, active=True),))


def _clash(ask: Ask) -> Ask:
    """A pool or VG of the layout's own name on a disk that was not chosen."""
    storage, other = ask.layout.storage, ask.others()[0].path
    if isinstance(storage, LvmLayout):
        return ask.having(volume_groups=(_volume_group(storage.vg, other, active=False),))
    assert isinstance(storage, ZfsLayout)
    pool = PoolFact(name=storage.pool, guid="1", state="ONLINE", imported=False, members=(other,))
    return ask.having(pools=(*ask.facts.pools, pool))


def _layer(kind: LayerKind, *on: str) -> LayerFact:
    return LayerFact(path="/dev/mapper/x", node="/dev/dm-9", kind=kind, on=on)


def _part_of_multipath(ask: Ask) -> Ask:
    return ask.with_disk(0, layers=(_layer(LayerKind.MULTIPATH, ask.chosen[0].path),))


def _open_without_dmsetup(ask: Ask) -> Ask:
    layers = (_layer(LayerKind.CRYPT, ask.chosen[0].path),)
    return ask.having(missing_tools=("dmsetup",)).with_disk(0, layers=layers)


def _shared_array(ask: Ask) -> Ask:
    """An array of the last chosen disk and one that was not chosen."""
    layer = _layer(LayerKind.ARRAY, ask.chosen[-1].path, ask.others()[0].path)
    return ask.with_disk(-1, layers=(layer,))


def _secure_boot(ask: Ask) -> Ask:
    firmware = ask.facts.firmware.model_copy(update={"secure_boot": True, "checks_modules": True})
    return ask.having(firmware=firmware)


def _unlimited(ask: Ask) -> Ask:
    return _plain(ask).asking(zfs=ZfsOptions(ashift=16), lvm=LvmOptions(), btrfs=BtrfsOptions())


def _plain(ask: Ask) -> Ask:
    """Nothing behind the main partitions, nothing free behind those."""
    special = ask.request.special
    plain = None if special is None else SpecialOptions(disks=special.disks)
    return ask.asking(special=plain, free_bytes=0)


def _shared(ask: Ask) -> Ask:
    """A disk of the data that is also to be one of the special device."""
    data, fast = ask.groups()
    special = DiskSelection(names=(data[0].id, *(disk.id for disk in fast[1:])))
    return named(ask).asking(special=SpecialOptions(disks=special))


def _too_few_special(ask: Ask) -> Ask:
    special = DiskSelection(names=(ask.groups()[1][0].id,))
    return ask.asking(special=SpecialOptions(disks=special))


def _large_parts(ask: Ask) -> Ask:
    special = ask.request.special
    assert special is not None
    return ask.asking(special=special.model_copy(update={"logsize_bytes": 99 * TIB}))


def _hdsize(ask: Ask, hdsize: int) -> Ask:
    return _plain(ask).asking(
        zfs=ZfsOptions(ashift=16, hdsize_bytes=hdsize),
        lvm=LvmOptions(hdsize_bytes=hdsize),
        btrfs=BtrfsOptions(hdsize_bytes=hdsize),
    )


def _4kn_bios(ask: Ask) -> Ask:
    bios = Firmware(kind=FirmwareKind.BIOS)
    return _unlimited(ask.having(firmware=bios)).with_disk(-1, sector_size=4096)


def _one_too_few(ask: Ask) -> Ask:
    fewer = tuple(disk.id for disk in ask.chosen[: ask.layout.disks.minimum - 1])
    return ask.asking(disks=DiskSelection(names=fewer))


def _twice(ask: Ask) -> Ask:
    names = (*ask.request.disks.names, ask.chosen[0].path, f"/dev/disk/by-id/{ask.chosen[0].id}")
    return ask.asking(disks=DiskSelection(names=names))


def _unmatched(ask: Ask) -> Ask:
    return ask.asking(disks=DiskSelection(names=(*ask.request.disks.names, "sdzz")))


def _ambiguous(ask: Ask) -> Ask:
    (disk, *_), other = ask.chosen, ask.others()[0]
    twin = other.model_copy(update={"serial": disk.serial})
    disks = tuple(twin if one is other else one for one in ask.facts.disks)
    serial = disk.serial or ""
    return ask.having(disks=disks).asking(disks=DiskSelection(names=(serial,)))


FLAWS = {
    "mounted": Flaw("disk-in-use", lambda ask: ask.with_disk(-1, mounts=("/mnt",))),
    "partition-mounted": Flaw(
        "disk-in-use",
        lambda ask: ask.with_disk(-1, partitions=_partition(ask.chosen[-1], mounts=("/mnt",))),
    ),
    "mounted-root": Flaw(
        "disk-in-use", lambda ask: ask.asking(unmount=True).with_disk(0, mounts=("/",))
    ),
    "multipath": Flaw("disk-in-use", _part_of_multipath),
    "shared-array": Flaw("disk-shared", _shared_array),
    "no-dmsetup": Flaw("tool-missing", _open_without_dmsetup),
    "held": Flaw("disk-in-use", lambda ask: ask.with_disk(0, holders=("dm-0",))),
    "pool": Flaw("disk-in-use", lambda ask: _imported_pool(ask, ask.chosen[-1].path)),
    "pool-on-partition": Flaw("disk-in-use", _imported_pool_on_partition),
    "pool-by-guid": Flaw("disk-in-use", _imported_pool_by_guid),
    "pool-by-id": Flaw("disk-in-use", _imported_pool_by_id),
    "active-group": Flaw("disk-in-use", _active_group),
    "read-only": Flaw("disk-read-only", lambda ask: ask.with_disk(0, read_only=True)),
    "medium": Flaw("disk-is-medium", lambda ask: ask.with_disk(-1, signatures=MEDIUM)),
    "unreadable": Flaw("disk-unreadable", lambda ask: ask.with_disk(0, error="I/O error")),
    "too-small": Flaw("disk-too-small", lambda ask: _unlimited(ask).with_disk(0, size_bytes=GIB)),
    "tiny": Flaw("disk-too-small", lambda ask: _unlimited(ask).with_disk(-1, size_bytes=512)),
    "small": Flaw(
        "disk-small",
        lambda ask: (
            _unlimited(ask).asking(accept_small_disk=False).with_disk(-1, size_bytes=4 * GIB)
        ),
    ),
    "no-sectors": Flaw("sector-size", lambda ask: ask.with_disk(0, sector_size=0)),
    "no-size": Flaw("disk-too-small", lambda ask: _unlimited(ask).with_disk(0, size_bytes=0)),
    "sectors": Flaw("sector-size", lambda ask: ask.with_disk(-1, sector_size=520)),
    "4kn-bios": Flaw("4kn-bios", _4kn_bios),
    "hdsize-large": Flaw("hdsize-too-large", lambda ask: _hdsize(ask, 100 * TIB)),
    "hdsize-small": Flaw("disk-too-small", lambda ask: _hdsize(ask, GIB)),
    "unknown-name": Flaw("disk-unmatched", _unmatched),
    "name-twice": Flaw("disk-twice", _twice),
    "ambiguous-name": Flaw("disk-ambiguous", _ambiguous),
    "no-match": Flaw(
        "disk-no-match",
        lambda ask: ask.asking(disks=DiskSelection(filters={"ID_MODEL": "NONE"})),
    ),
    "no-card": Flaw("nic-missing", lambda ask: ask.having(nics=())),
    "no-base": Flaw(
        "artefact-missing",
        lambda ask: replace(ask, manifest=ask.manifest.model_copy(update={"artefacts": {}})),
    ),
    "no-tool": Flaw("tool-missing", lambda ask: ask.having(missing_tools=("sfdisk",))),
}
NAME_FLAWS = {"name-clash": Flaw("name-clash", _clash)}
ZFS_FLAWS = NAME_FLAWS | {
    "secure-boot": Flaw("secure-boot-zfs", _secure_boot),
    "swap-large": Flaw(
        "swap-too-large",
        lambda ask: _plain(ask).asking(zfs=ZfsOptions(ashift=16, swapsize_bytes=99 * TIB)),
    ),
    "ashift": Flaw(
        "ashift-too-small",
        lambda ask: ask.asking(zfs=ZfsOptions(ashift=9)).with_disk(0, sector_size=4096),
    ),
}
LVM_FLAWS = NAME_FLAWS | {
    "swap-large": Flaw(
        "swap-too-large", lambda ask: ask.asking(lvm=LvmOptions(swapsize_bytes=99 * TIB))
    ),
    "root-small": Flaw("root-too-small", lambda ask: ask.asking(lvm=LvmOptions(maxroot_bytes=GIB))),
    "no-root": Flaw("root-too-small", lambda ask: ask.asking(lvm=LvmOptions(maxroot_bytes=0))),
}


SPECIAL_FLAWS = {
    "shared-disk": Flaw("disk-twice", _shared),
    "one-special": Flaw("disk-count", _too_few_special),
    "log-large": Flaw("parts-too-large", _large_parts),
}
SEVERAL_DISKS_FLAWS = {"one-too-few": Flaw("disk-count", _one_too_few)}


def flaws_of(ask: Ask) -> dict[str, Flaw]:
    """What can be wrong with a request for this layout."""
    of_kind = {"zfs": ZFS_FLAWS, "lvm": LVM_FLAWS, "btrfs": {}}
    flaws = FLAWS | of_kind[ask.layout.storage.kind]
    flaws |= SPECIAL_FLAWS if ask.request.special is not None else {}
    return flaws | SEVERAL_DISKS_FLAWS if ask.layout.disks.minimum > 1 else flaws
