"""Which layout an answer file means: the one it names, or the one with its file system."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never, get_args

from bedplate.config.findings import Findings, did_you_mean, shown
from bedplate.config.schema import BtrfsRaid, DiskSetupTable
from bedplate.model.layout import BtrfsLayout, Layout, LvmLayout, Raid, ZfsLayout

_LAYOUT = "disk-setup.layout"
_FILESYSTEM = "disk-setup.filesystem"
_RAID = "disk-setup.zfs.raid"
_BTRFS_RAID = "disk-setup.btrfs.raid"
_TABLES = ("lvm", "zfs", "btrfs")
_TABLE_OF = {"ext4": "lvm", "xfs": "lvm", "zfs": "zfs", "btrfs": "btrfs"}


def choose_layout(
    table: DiskSetupTable, layouts: Sequence[Layout], findings: Findings
) -> Layout | None:
    """The layout to build, or `None` if that is not clear."""
    if table.layout is not None:
        layout = _named(table.layout, layouts, findings)
        if layout is not None:
            _check_agreement(table, layout, findings)
    else:
        layout = _fitting(table, layouts, findings)
    filesystem = _filesystem(layout) if layout is not None else table.filesystem
    if filesystem is not None:
        _check_tables(table, filesystem, findings)
    return layout


def _named(name: str, layouts: Sequence[Layout], findings: Findings) -> Layout | None:
    for layout in layouts:
        if layout.name == name:
            return layout
    hint = did_you_mean(name, [layout.name for layout in layouts])
    findings.problem("unknown-layout", _LAYOUT, f"there is no layout {shown(name)}", hint)
    return None


def _fitting(table: DiskSetupTable, layouts: Sequence[Layout], findings: Findings) -> Layout | None:
    if table.filesystem is None:
        findings.missing(_FILESYSTEM, "root file system", f"or name a layout with `{_LAYOUT}`")
        return None
    wanted: str = table.filesystem
    if wanted == "zfs":
        raid = table.zfs.raid if table.zfs is not None else None
        if raid is None:
            if not findings.spoilt("disk-setup.zfs"):
                findings.missing(_RAID, "ZFS raid level must be set", f"one of {', '.join(Raid)}")
            return None
        wanted = f"zfs {raid}"
    if wanted == "btrfs":
        profile = table.btrfs.raid if table.btrfs is not None else None
        if profile is None:
            if not findings.spoilt("disk-setup.btrfs"):
                hint = f"one of {', '.join(get_args(BtrfsRaid))}"
                findings.missing(_BTRFS_RAID, "btrfs RAID level must be set", hint)
            return None
        wanted = f"btrfs {profile}"
    # A special device takes disks of its own, which only a file that names the layout tells apart.
    plain = [layout for layout in layouts if layout.special is None]
    fitting = _most_general([layout for layout in plain if _root(layout) == wanted])
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        names = ", ".join(layout.name for layout in fitting)
        message = f"several layouts have a root on {wanted}: {names}"
        findings.problem("ambiguous-layout", _FILESYSTEM, message, f"name one with `{_LAYOUT}`")
    else:
        there_are = ", ".join(f"{layout.name} ({_root(layout)})" for layout in layouts)
        message = f"no layout has a root on {wanted}"
        findings.problem("no-layout", _FILESYSTEM, message, f"there are {there_are or 'none'}")
    return None


def _most_general(layouts: Sequence[Layout]) -> Sequence[Layout]:
    """Those that take any number of disks, if there are such; special cases go by name only."""
    return [layout for layout in layouts if layout.disks.maximum is None] or layouts


def _check_agreement(table: DiskSetupTable, layout: Layout, findings: Findings) -> None:
    filesystem = _filesystem(layout)
    if table.filesystem not in (None, filesystem):
        message = f"is {table.filesystem}, but the layout {layout.name} has {filesystem}"
        findings.problem("conflict", _FILESYSTEM, message, "leave one of the two out")
    raid = table.zfs.raid if table.zfs is not None else None
    if isinstance(layout.storage, ZfsLayout) and raid not in (None, layout.storage.raid):
        message = f"is {raid}, but the layout {layout.name} has {layout.storage.raid}"
        findings.problem("conflict", _RAID, message, "leave one of the two out")
    profile = table.btrfs.raid if table.btrfs is not None else None
    if isinstance(layout.storage, BtrfsLayout) and profile not in (None, layout.storage.data):
        message = f"is {profile}, but the layout {layout.name} has {layout.storage.data}"
        findings.problem("conflict", _BTRFS_RAID, message, "leave one of the two out")


def _check_tables(table: DiskSetupTable, filesystem: str, findings: Findings) -> None:
    right = _TABLE_OF[filesystem]
    for name in _TABLES:
        if name != right and getattr(table, name) is not None:
            message = f"does not belong to {filesystem}: make sure only '{right}' options are set"
            findings.problem("conflict", f"disk-setup.{name}", message)


def _filesystem(layout: Layout) -> str:
    match layout.storage:
        case ZfsLayout():
            return "zfs"
        case LvmLayout() as storage:
            return storage.filesystem
        case BtrfsLayout():
            return "btrfs"
        case other:
            assert_never(other)


def _root(layout: Layout) -> str:
    """What the root file system is on, with the RAID level where there is one.

    The original has no word for an array, so a layout with one is chosen by its name only.
    """
    match layout.storage:
        case ZfsLayout() as storage:
            return f"zfs {storage.raid}"
        case LvmLayout() as storage:
            return storage.filesystem if storage.array is None else f"{storage.filesystem} on md"
        case BtrfsLayout() as storage:
            return f"btrfs {storage.data}"
        case other:
            assert_never(other)
