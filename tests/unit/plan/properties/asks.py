"""What the planner can be asked: layouts, machines and options, drawn by hypothesis.

`asks()` is always possible to plan; `flaws` says what makes it impossible.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import assert_never

from hypothesis import settings
from hypothesis import strategies as st

from bedplate.config.layouts import load_layouts
from bedplate.model.facts import (
    DiskFact,
    Facts,
    Firmware,
    FirmwareKind,
    PartitionFact,
    PoolFact,
    Signature,
)
from bedplate.model.layout import (
    BtrfsLayout,
    BtrfsProfile,
    DiskRule,
    Layout,
    LvmLayout,
    Raid,
    StorageLayout,
    ZfsLayout,
)
from bedplate.model.manifest import Manifest
from bedplate.model.plan import Plan
from bedplate.model.request import (
    BtrfsOptions,
    DiskSelection,
    LvmOptions,
    Request,
    SpecialOptions,
    ZfsOptions,
)
from bedplate.plan.ids import Ids
from bedplate.plan.install import plan_install
from bedplate.units import GIB, KIB, MIB, TIB, align_down
from tests.unit.plan.builders import MANIFEST, NIC, request

LAYOUTS = load_layouts()
SEED = b"properties"
PASSWORD = "correct horse"

often = settings(max_examples=500, deadline=None)

_BASE_SIZES = (8 * GIB, 16 * GIB, 32 * GIB, 64 * GIB, 100 * GIB, 128 * GIB, TIB, 24 * TIB)
_MODELS = ("CHOSEN", "FAST")
_SPECIAL_PART = st.none() | st.integers(0, 2**18)

# Strategies are made once and scaled afterwards: making them costs more than drawing from them.
_LAYOUTS = {
    kind: st.sampled_from([one for one in LAYOUTS if isinstance(one.storage, kind)])
    for kind in (ZfsLayout, LvmLayout, BtrfsLayout)
}
_ANY_LAYOUT = st.sampled_from(LAYOUTS)
_FIRMWARE = st.sampled_from(FirmwareKind)
_YES_NO = st.booleans()
_BASE_SIZE = st.sampled_from(_BASE_SIZES)
_MORE = st.integers(0, 3)
_PART = st.integers(0, 2**20)  # of 2**20
_PART_OR_NONE = st.none() | st.just(0) | _PART | st.just(2**20)  # the ends are where things break
_MEMORY_MIB = st.integers(512, TIB // MIB)
_ORDERS = [st.permutations(range(count)) for count in range(16)]
_NAME_KINDS = 7
_NAME_KIND = st.integers(0, _NAME_KINDS - 1)
_ASHIFT = {least: st.integers(least, 16) for least in (9, 12)}
_ARC_MAX_MIB = st.none() | st.just(0) | st.integers(64, 2**20)
_CHECKSUM = st.sampled_from(["on", "fletcher4", "sha256"])
_COMPRESS = st.sampled_from(["on", "off", "lz4", "zstd"])
_BTRFS_COMPRESS = st.sampled_from(["on", "off", "zlib", "lzo", "zstd"])
_COPIES = st.integers(1, 3)
_FREE = st.just(0) | st.integers(0, GIB)
_SWAP = st.just(0) | st.integers(0, GIB)


@dataclass(frozen=True, slots=True)
class Ask:
    """Everything a plan follows from. `chosen` are the disks meant, in the order meant.

    Those of a special device are the last of them.
    """

    layout: Layout
    request: Request
    facts: Facts
    chosen: tuple[DiskFact, ...]
    manifest: Manifest = MANIFEST

    def plan(self, seed: bytes = SEED) -> Plan:
        """The planner's answer."""
        return plan_install(self.request, self.layout, self.facts, self.manifest, Ids(seed))

    def groups(self) -> tuple[tuple[DiskFact, ...], ...]:
        """The disks of the data, and those of a special device if there is one."""
        if self.request.special is None:
            return (self.chosen,)
        return tuple(
            tuple(disk for disk in self.chosen if (disk.model == _MODELS[1]) == is_special)
            for is_special in (False, True)
        )

    def others(self) -> tuple[DiskFact, ...]:
        """The disks of the machine that are not meant."""
        return tuple(disk for disk in self.facts.disks if disk not in self.chosen)

    def hdsize_bytes(self) -> int | None:
        """The limit to what is used of each disk."""
        asked = self.request
        sizes = {
            "zfs": asked.zfs.hdsize_bytes,
            "lvm": asked.lvm.hdsize_bytes,
            "btrfs": asked.btrfs.hdsize_bytes,
        }
        return sizes[self.layout.storage.kind]

    def having(self, **facts: object) -> Ask:
        """The same for a machine that differs in these facts."""
        return replace(self, facts=self.facts.model_copy(update=facts))

    def asking(self, **request: object) -> Ask:
        """The same with another request."""
        return replace(self, request=self.request.model_copy(update=request))

    def with_disk(self, position: int, **disk: object) -> Ask:
        """The same where one of the chosen disks has other facts, but its names."""
        old = self.chosen[position]
        new = old.model_copy(update=disk)
        chosen = tuple(new if one is old else one for one in self.chosen)
        disks = tuple(new if one is old else one for one in self.facts.disks)
        return replace(self.having(disks=disks), chosen=chosen)


@st.composite
def asks(draw: st.DrawFn, kind: type[StorageLayout] | None = None) -> Ask:
    """A request that can be carried out, for a layout of that kind of storage."""
    layout = draw(_ANY_LAYOUT if kind is None else _LAYOUTS[kind])
    firmware = draw(_FIRMWARE)
    by_filter = draw(_YES_NO)
    sizes = [_sizes(draw, rule, layout) for rule in (layout.disks, layout.special) if rule]
    count = sum(map(len, sizes))
    order = draw(_ORDERS[count + 2])  # two disks are not for us
    numbers = iter(order)
    groups = tuple(
        tuple(_disk(draw, next(numbers), size, firmware, model, blank=by_filter) for size in own)
        for own, model in zip(sizes, _MODELS, strict=False)
    )
    others = tuple(_disk(draw, number, TIB, firmware, "OTHER") for number in numbers)
    selections = [_selection(draw, group) for group in groups]
    if by_filter:
        groups = tuple(tuple(sorted(group, key=lambda disk: disk.path)) for group in groups)
        selections = [
            DiskSelection(filters={"ID_MODEL": f"{model}*"}) for model in _MODELS[: len(groups)]
        ]
    chosen = tuple(disk for group in groups for disk in group)
    disks = tuple(sorted((*chosen, *others), key=lambda disk: disk.path))
    facts = Facts(
        firmware=Firmware(kind=firmware, nvram_writable=draw(_YES_NO)),
        memory_bytes=draw(_MEMORY_MIB) * MIB,
        disks=disks,
        pools=_exported(disks),
        nics=(NIC,),
    )
    update: dict[str, object] = {
        "disks": selections[0],
        "slack": draw(_YES_NO),
        "accept_small_disk": True,
    }
    free = draw(_FREE)
    update |= {"free_bytes": free}
    update |= _options(draw, layout, groups, free)
    if layout.special is not None:
        update["special"] = _special(draw, selections[1], min(d.size_bytes for d in groups[1]))
    return Ask(layout, request(layout).model_copy(update=update), facts, chosen)


def _selection(draw: st.DrawFn, disks: tuple[DiskFact, ...]) -> DiskSelection:
    return DiskSelection(names=tuple(_names(disk)[draw(_NAME_KIND)] for disk in disks))


def _special(draw: st.DrawFn, selection: DiskSelection, smallest: int) -> SpecialOptions:
    """At most a quarter of a disk for each of log and cache; swap takes no more than as much."""
    log, cache = (smallest * (draw(_SPECIAL_PART) or 0) // 2**20 for _ in range(2))
    return SpecialOptions(
        disks=selection, logsize_bytes=log // 2, cachesize_bytes=cache // 2, small_blocks="8K"
    )


def _sizes(draw: st.DrawFn, rule: DiskRule, layout: Layout) -> list[int]:
    """As many sizes as the rule takes disks, as different as it allows."""
    count = rule.minimum
    if rule.maximum is None:
        match layout.storage:
            case ZfsLayout(raid=Raid.RAID10) | BtrfsLayout(data=BtrfsProfile.RAID10):
                count += draw(_MORE) * 2
            case _:
                count += draw(_MORE)
    base = draw(_BASE_SIZE)
    spread = base // 25 if rule.tolerance_percent is not None else base // 2
    return [_between(base - spread, base + spread, draw(_PART), 512) for _ in range(count)]


def _between(least: int, most: int, part: int, step: int) -> int:
    """The multiple of `step` that is that part of the way."""
    return align_down(least + (max(most, least) - least) * part // 2**20, step)


def _disk(
    draw: st.DrawFn, number: int, size: int, firmware: FirmwareKind, model: str, blank: bool = False
) -> DiskFact:
    """A disk without a current use; it may have been part of a pool once."""
    sector_size = 4096 if firmware is FirmwareKind.UEFI and draw(_YES_NO) else 512
    size = align_down(size, sector_size)
    path = f"/dev/nvme{number + 10}n1"
    old = PartitionFact(
        number=3,
        path=f"{path}p3",
        first_sector=2048,
        last_sector=size // sector_size - 64,
        size_bytes=size - (64 + 2047) * sector_size,
        guid=f"00000000-0000-4000-8000-{number:012}",
        signatures=(Signature(kind="zfs_member", label=f"tank{number}"),),
    )
    return DiskFact(
        path=path,
        by_id=(f"nvme-{model}_S{number:04}", f"nvme-eui.{number:016x}"),
        serial=f"S{number:04}",
        wwn=f"eui.{number:016x}",
        model=model,
        size_bytes=size,
        sector_size=sector_size,
        physical_sector_size=4096,
        partitions=() if blank or draw(_YES_NO) else (old,),
        properties={"ID_MODEL": model},
    )


def _names(disk: DiskFact) -> tuple[str, ...]:
    """All that an operator may call a disk."""
    paths = (disk.path, disk.path.removeprefix("/dev/"), f"/dev/disk/by-id/{disk.id}")
    names = (*disk.by_id, *paths, *(name for name in (disk.serial, disk.wwn) if name))
    assert len(names) == _NAME_KINDS
    return names


def _exported(disks: tuple[DiskFact, ...]) -> tuple[PoolFact, ...]:
    """The pools that left their traces on the disks."""
    return tuple(
        PoolFact(
            name=f"tank{number}",
            guid=str(number),
            state="ONLINE",
            imported=False,
            members=(f"/dev/disk/by-id/{disk.id}-part3",),
        )
        for number, disk in enumerate(disks)
        if disk.partitions
    )


def _options(
    draw: st.DrawFn, layout: Layout, groups: tuple[tuple[DiskFact, ...], ...], free: int
) -> dict[str, LvmOptions | ZfsOptions | BtrfsOptions]:
    smallest = align_down(min(disk.size_bytes for disk in groups[0]) - free, MIB if free else 1)
    part = draw(_PART_OR_NONE)
    hdsize = None if part is None else _between(4 * GIB, smallest, part, KIB)
    match layout.storage:
        case ZfsLayout():
            disks = tuple(disk for group in groups for disk in group)
            return {"zfs": _zfs_options(draw, disks, hdsize)}
        case LvmLayout():
            return {"lvm": _lvm_options(draw, smallest, hdsize)}
        case BtrfsLayout():
            compress = draw(_BTRFS_COMPRESS)
            return {"btrfs": BtrfsOptions(compress=compress, hdsize_bytes=hdsize)}
        case other:
            assert_never(other)


def _lvm_options(draw: st.DrawFn, size: int, hdsize: int | None) -> LvmOptions:
    """Sizes that leave room for a root: half of a disk as swap is a lot on a small one."""
    used = size if hdsize is None else hdsize

    def share(least: int, most: int) -> int | None:
        part = draw(_PART_OR_NONE)
        return None if part is None else _between(least, most, part, KIB)

    return LvmOptions(
        hdsize_bytes=hdsize,
        swapsize_bytes=share(0, used // (2 if used >= 8 * GIB else 4)),
        maxroot_bytes=share(2 * GIB, used),
        maxvz_bytes=share(0, used),
        minfree_bytes=share(0, used),
    )


def _zfs_options(draw: st.DrawFn, disks: tuple[DiskFact, ...], hdsize: int | None) -> ZfsOptions:
    return ZfsOptions(
        ashift=draw(_ASHIFT[max(disk.sector_size for disk in disks).bit_length() - 1]),
        arc_max_mib=draw(_ARC_MAX_MIB),
        checksum=draw(_CHECKSUM),
        compress=draw(_COMPRESS),
        copies=draw(_COPIES),
        hdsize_bytes=hdsize,
        swapsize_bytes=draw(_SWAP),
    )
