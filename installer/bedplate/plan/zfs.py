"""The ZFS pool that holds the host: vdevs, datasets and their properties."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal, TypeVar

from bedplate.model.layout import Raid, ZfsLayout
from bedplate.model.plan import Dataset, Role, Vdev, ZfsStorage
from bedplate.model.request import EncryptionOptions, SpecialOptions, ZfsOptions
from bedplate.units import GIB, MIB

MINIMUM_DISKS = {
    Raid.RAID0: 1,
    Raid.RAID1: 2,
    Raid.RAID10: 4,
    Raid.RAIDZ1: 3,
    Raid.RAIDZ2: 4,
    Raid.RAIDZ3: 5,
}
_ONE_VDEV: dict[Raid, Literal["mirror", "raidz1", "raidz2", "raidz3"]] = {
    Raid.RAID1: "mirror",
    Raid.RAIDZ1: "raidz1",
    Raid.RAIDZ2: "raidz2",
    Raid.RAIDZ3: "raidz3",
}

_MIRRORED: tuple[Literal[Role.SPECIAL, Role.LOG], ...] = (Role.SPECIAL, Role.LOG)

_T = TypeVar("_T")

_ARC_FLOOR_MIB = 64
_ARC_CAP_MIB = 16 * GIB // MIB
_ARC_LEAVES_MIB = 1024


# Where the keys of encrypted datasets are on the new system; only root may look into it.
KEY_FOLDER = "/etc/zfs/keys"
CIPHER = "aes-256-gcm"


def plan_pool(
    layout: ZfsLayout,
    members: Mapping[Role, tuple[str, ...]],
    options: ZfsOptions,
    special: SpecialOptions | None = None,
) -> ZfsStorage:
    """The pool over `members`, the GUIDs of partitions by role, in the order of the disks."""
    return ZfsStorage(
        pool=layout.pool,
        ashift=options.ashift,
        vdevs=(*plan_vdevs(layout.raid, members[Role.DATA]), *fast_vdevs(members)),
        root_dataset=f"{layout.pool}/{layout.root}",
        properties=_pool_properties(layout, options, special),
        datasets=_datasets(layout, options),
    )


def encrypts_root(storage: ZfsStorage) -> bool:
    """Whether the root file system lies in a dataset that has a key."""
    return any(
        "keyformat" in dataset.properties
        and f"{storage.root_dataset}/".startswith(f"{dataset.name}/")
        for dataset in storage.datasets
    )


def root_properties(storage: ZfsStorage) -> dict[str, str]:
    """The properties that hold for the root file system, its own and those it inherits."""
    found = dict(storage.properties)
    for dataset in storage.datasets:
        if f"{storage.root_dataset}/".startswith(f"{dataset.name}/"):
            found |= dataset.properties
    return found


def arc_max_bytes(memory_bytes: int, wanted_mib: int | None) -> int:
    """The upper limit of the ARC; 0 means ZFS's own default.

    A tenth of the memory between 64 MiB and 16 GiB, or what was asked for as long as it leaves the
    rest of the host 1 GiB.
    """
    memory_mib = memory_bytes // MIB
    if wanted_mib is None:
        tenth = (memory_mib + 5) // 10
        return min(max(tenth, _ARC_FLOOR_MIB), _ARC_CAP_MIB) * MIB
    if wanted_mib == 0:
        return 0
    return max(min(wanted_mib, memory_mib - _ARC_LEAVES_MIB), _ARC_FLOOR_MIB) * MIB


def mirror_pairs(things: tuple[_T, ...]) -> tuple[tuple[_T, _T], ...]:
    """Which two and two make the mirrors of a RAID10, in the order of the disks.

    The last of an odd number is in none; such a number of disks is refused.
    """
    return tuple(zip(things[::2], things[1::2], strict=False))


def _datasets(layout: ZfsLayout, options: ZfsOptions) -> tuple[Dataset, ...]:
    """The datasets with their properties; what the root lies in and the root come first.

    What is mounted inside the root, and a key file that is kept there, need it to be there.
    """
    way = [dataset for dataset in layout.datasets if layout.holds_root(dataset.name)]
    others = [dataset for dataset in layout.datasets if dataset not in way]
    return tuple(
        Dataset(
            name=f"{layout.pool}/{dataset.name}",
            properties=dataset.properties
            | options.datasets.get(dataset.name, {})
            # The root's mount point follows from what it is, whatever the layout says.
            | ({"mountpoint": "/"} if dataset.name == layout.root else {})
            | _key_properties(layout, dataset.name, options.encryption),
        )
        for dataset in (*sorted(way, key=lambda dataset: len(dataset.name)), *others)
    )


def _key_properties(
    layout: ZfsLayout, name: str, encryption: EncryptionOptions | None
) -> dict[str, str]:
    """What makes a dataset encrypted, zfsprops(7); those below it inherit it."""
    if encryption is None or encryption.dataset != name:
        return {}
    if encryption.passphrase is not None:
        key = {"keyformat": "passphrase", "keylocation": "prompt"}
    else:
        file = f"{layout.pool}/{name}".replace("/", "-")
        key = {"keyformat": "raw", "keylocation": f"file://{KEY_FOLDER}/{file}.key"}
    return {"encryption": CIPHER, **key}


def fast_vdevs(members: Mapping[Role, tuple[str, ...]]) -> Iterator[Vdev]:
    """What fast disks are for. What must not be lost is mirrored, where there is more than one."""
    for role in _MIRRORED:
        if some := members.get(role):
            kind: Literal["mirror", "stripe"] = "mirror" if len(some) > 1 else "stripe"
            yield Vdev(type=kind, members=some, role=role)
    if cache := members.get(Role.CACHE):
        yield Vdev(type="stripe", members=cache, role=Role.CACHE)


def plan_vdevs(raid: Raid, members: tuple[str, ...]) -> tuple[Vdev, ...]:
    """The vdevs of a pool's data."""
    if raid is Raid.RAID0:
        return tuple(Vdev(type="stripe", members=(member,)) for member in members)
    if raid is Raid.RAID10:
        assert len(members) % 2 == 0, "an odd number of disks is refused"
        return tuple(Vdev(type="mirror", members=pair) for pair in mirror_pairs(members))
    return (Vdev(type=_ONE_VDEV[raid], members=members),)


def _pool_properties(
    layout: ZfsLayout, options: ZfsOptions, special: SpecialOptions | None
) -> dict[str, str]:
    """The layout's properties under the answer file's; ZFS's own defaults are not spelled out."""
    asked = {"compression": options.compress}
    if options.checksum != "on":
        asked["checksum"] = options.checksum
    if options.copies != 1:
        asked["copies"] = str(options.copies)
    if special is not None and special.small_blocks is not None:
        asked["special_small_blocks"] = special.small_blocks
    return layout.properties | asked
