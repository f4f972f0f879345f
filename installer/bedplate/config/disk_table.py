"""The rules for `[disk-setup]`: which disks, and with which details."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bedplate.config.disk_choice import Wanted, check_choice, to_bytes
from bedplate.config.findings import Findings
from bedplate.config.layout_choice import choose_layout
from bedplate.config.schema import BtrfsTable, DiskSetupTable, LvmTable
from bedplate.config.special_table import check_special
from bedplate.config.zfs_table import check_swap, check_zfs
from bedplate.model.layout import Layout
from bedplate.model.request import (
    BtrfsOptions,
    DiskSelection,
    LvmOptions,
    SpecialOptions,
    ZfsOptions,
)


@dataclass(frozen=True, slots=True)
class DiskSetup:
    """`[disk-setup]` in order."""

    layout: Layout
    selection: DiskSelection
    special: SpecialOptions | None
    lvm: LvmOptions
    zfs: ZfsOptions
    btrfs: BtrfsOptions
    accept_small_disk: bool
    slack: bool
    unmount: bool
    rename: bool
    free_bytes: int


def check_disk_setup(
    table: DiskSetupTable, layouts: Sequence[Layout], findings: Findings
) -> DiskSetup | None:
    """What to build on which disks, or `None` if it is not clear which layout is meant."""
    layout = choose_layout(table, layouts, findings)
    selection = _check_selection(table, layout, findings)
    special = check_special(table.special, layout, findings, wipe=table.wipe is not None)
    lvm = _check_lvm(table.lvm, findings)
    zfs = check_zfs(table.zfs, layout, findings)
    btrfs = _check_btrfs(table.btrfs)
    if layout is None:
        return None
    return DiskSetup(
        layout=layout,
        selection=selection,
        special=special,
        lvm=lvm,
        zfs=zfs,
        btrfs=btrfs,
        accept_small_disk=table.accept_small_disk,
        slack=table.slack,
        unmount=table.unmount is not None,
        rename=table.rename is not None,
        free_bytes=to_bytes(table.free) or 0,
    )


def _check_selection(
    table: DiskSetupTable, layout: Layout | None, findings: Findings
) -> DiskSelection:
    if table.disk_list is not None and table.wipe is not None and table.special is None:
        findings.warn("disk-setup.wipe", "has no effect beside `disk-list`")
    wanted = Wanted(
        where="disk-setup",
        layout="" if layout is None else layout.name,
        rule=None if layout is None else layout.disks,
        wipe=table.wipe is not None,
        for_original=table.filter is not None and table.layout is None,
    )
    return check_choice(table, wanted, findings)


def _check_lvm(table: LvmTable | None, findings: Findings) -> LvmOptions:
    """Sizes of the volumes, in bytes."""
    if table is None:
        return LvmOptions()
    check_swap("disk-setup.lvm", table.swapsize, table.hdsize, findings)
    _check_limits(table, findings)
    return LvmOptions(
        hdsize_bytes=to_bytes(table.hdsize),
        swapsize_bytes=to_bytes(table.swapsize),
        maxroot_bytes=to_bytes(table.maxroot),
        maxvz_bytes=to_bytes(table.maxvz),
        minfree_bytes=to_bytes(table.minfree),
    )


def _check_limits(table: LvmTable, findings: Findings) -> None:
    """Limits that would leave nothing to be installed on."""
    hdsize, minfree = table.hdsize, table.minfree
    if hdsize is not None and minfree is not None and minfree >= hdsize:
        message = f"is {minfree:g} GiB, and hdsize ({hdsize:g} GiB) is all there is"
        findings.problem("conflict", "disk-setup.lvm.minfree", message)
    if table.maxroot == 0:
        message = "is 0, which would leave nothing for the root file system"
        hint = "leave it out for the usual size"
        findings.problem("out-of-range", "disk-setup.lvm.maxroot", message, hint)


def _check_btrfs(table: BtrfsTable | None) -> BtrfsOptions:
    """How the file system is mounted, and how much of each disk it gets."""
    if table is None:
        return BtrfsOptions()
    return BtrfsOptions(compress=table.compress or "off", hdsize_bytes=to_bytes(table.hdsize))
