"""Sizes of the LVM volumes on one disk or array: swap, root and the thin pool `data`.

The rules are the original's, in its unit (KiB) and with its rounding (down to an extent of 4 MiB),
because a host must not end up with another root size only because another installer made it. One
thing differs: a swap size from the answer file is rounded up to an extent before the rest is shared
out, as `lvcreate` would round it anyway; the original forgets that and can run out of extents.
"""

from __future__ import annotations

from bedplate.model.layout import LvmLayout
from bedplate.model.plan import Array, LvmStorage, Volume
from bedplate.model.request import LvmOptions
from bedplate.plan.ids import Ids
from bedplate.units import KIB, MIB, align_down, align_up

EXTENT_BYTES = 4 * MIB
PV_START_BYTES = MIB
"""What a PV has before its data."""
_EXTENT = EXTENT_BYTES // KIB
_MIB = 1024
_GIB = 1024 * 1024

_SWAP_CAP_MIB = 8192
_ROOT_CAP = 96 * _GIB
_RESERVE_CAP = 16 * _GIB
_SMALLEST_POOL = 4 * _GIB
_METADATA_FLOOR = 1 * _GIB
_METADATA_CAP = 16 * _GIB
METADATA_CAP_BYTES = _METADATA_CAP * KIB


def plan_volume_group(
    layout: LvmLayout,
    pvs: tuple[str, ...],
    os_size_bytes: int,
    memory_bytes: int,
    options: LvmOptions,
    ids: Ids,
    array: Array | None = None,
) -> LvmStorage:
    """The volume group on `pvs` (see `LvmStorage`) with its volumes, in order of creation."""
    os_kib = os_size_bytes // KIB
    swap, root = _swap_and_root(os_kib, memory_bytes, options)
    data, metadata = _data(os_kib, os_kib - swap - root, options)
    volumes = [
        Volume(
            name="root",
            size_bytes=root * KIB,
            type="linear",
            filesystem=layout.filesystem,
            uuid=ids.guid(f"volume:{layout.vg}/root"),
        )
    ]
    if swap:
        swap_volume = Volume(
            name="swap",
            size_bytes=swap * KIB,
            type="linear",
            filesystem="swap",
            uuid=ids.guid(f"volume:{layout.vg}/swap"),
        )
        volumes.insert(0, swap_volume)
    if data:
        pool = Volume(
            name="data",
            size_bytes=data * KIB,
            type="thin-pool",
            metadata_size_bytes=metadata * KIB,
        )
        volumes.append(pool)
    return LvmStorage(vg=layout.vg, pvs=pvs, array=array, volumes=tuple(volumes))


def root_size_bytes(os_size_bytes: int, memory_bytes: int, options: LvmOptions) -> int:
    """How large the root volume would be; 0 where nothing is left for it."""
    return _swap_and_root(os_size_bytes // KIB, memory_bytes, options)[1] * KIB


def _swap_and_root(os_kib: int, memory_bytes: int, options: LvmOptions) -> tuple[int, int]:
    swap = _swap(os_kib, memory_bytes // MIB, options.swapsize_bytes)
    return swap, _root(max(os_kib - swap, 0), options.maxroot_bytes)


def _swap(os_kib: int, memory_mib: int, wanted_bytes: int | None) -> int:
    """KiB of swap: as much as there is memory, bent by the disk's size; at most 8 GiB."""
    if wanted_bytes is not None:
        return align_up(wanted_bytes // KIB, _EXTENT)
    gib = os_kib // _GIB
    size = memory_mib
    if size < 4096 and gib >= 64:
        size = 4096
    if size < 2048 and gib >= 32:
        size = 2048
    if size >= 2048 and gib <= 16:
        size = 1024
    size = max(size, 512)
    size = min(size, gib * 128, _SWAP_CAP_MIB)
    return align_down(size * _MIB, _EXTENT)


def _root(rest_kib: int, maxroot_bytes: int | None) -> int:
    """KiB of root: all of a small disk, half of a middling one, a quarter and 12 GiB of a large."""
    rest_mib = rest_kib // _MIB
    if rest_mib < 12288:
        size_mib = max(rest_mib - 4, 0)
    elif rest_mib < 49152:
        size_mib = rest_mib // 2
    else:
        size_mib = rest_mib // 4 + 12288
    cap = _ROOT_CAP if maxroot_bytes is None else maxroot_bytes // KIB
    return align_down(min(size_mib * _MIB, cap), _EXTENT)


def _data(os_kib: int, rest_kib: int, options: LvmOptions) -> tuple[int, int]:
    """KiB of the thin pool and of its metadata, or (0, 0) where no pool of use would fit.

    Metadata is taken twice: LVM keeps a spare of the same size to repair the pool with.
    """
    reserve = _reserve(os_kib // _GIB)
    minfree = reserve if options.minfree_bytes is None else options.minfree_bytes // KIB
    free = minfree if minfree < rest_kib else reserve
    size = align_down(max(rest_kib - free, 0), _EXTENT)
    if options.maxvz_bytes is not None:
        size = align_down(min(size, options.maxvz_bytes // KIB), _EXTENT)
    if size <= _SMALLEST_POOL:
        return 0, 0
    metadata = _metadata(size)
    return size - 2 * metadata - _EXTENT, metadata


def pool_metadata_bytes(size_bytes: int) -> int:
    """How large the metadata of a thin pool are, by the size of all of it."""
    return _metadata(size_bytes // KIB) * KIB


def _metadata(size_kib: int) -> int:
    return align_down(min(max(size_kib // 100, _METADATA_FLOOR), _METADATA_CAP), _EXTENT)


def _reserve(gib: int) -> int:
    """KiB left free in the volume group for snapshots; next to nothing up to 32 GiB."""
    return _EXTENT if gib <= 32 else min(_RESERVE_CAP, gib * _GIB // 8)
