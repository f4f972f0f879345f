"""The rules for `[disk-setup]`: which disks, and with which details."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bedplate.config.findings import Findings, shown
from bedplate.config.layout_choice import choose_layout
from bedplate.config.names import wrong_with_line
from bedplate.config.network_table import check_filter
from bedplate.config.schema import BtrfsTable, DiskSetupTable, LvmTable, SelectTable, ZfsTable
from bedplate.model.layout import Layout
from bedplate.model.request import BtrfsOptions, DiskCriteria, DiskSelection, LvmOptions, ZfsOptions
from bedplate.units import gib_to_bytes

SMALLEST_ARC_MIB = 64

_DISK_LIST = "disk-setup.disk-list"
_FILTER = "disk-setup.filter"
_SELECT = "disk-setup.select"


@dataclass(frozen=True, slots=True)
class DiskSetup:
    """`[disk-setup]` in order."""

    layout: Layout
    selection: DiskSelection
    lvm: LvmOptions
    zfs: ZfsOptions
    btrfs: BtrfsOptions
    accept_small_disk: bool
    slack: bool


def check_disk_setup(
    table: DiskSetupTable, layouts: Sequence[Layout], findings: Findings
) -> DiskSetup | None:
    """What to build on which disks, or `None` if it is not clear which layout is meant."""
    layout = choose_layout(table, layouts, findings)
    selection = _check_selection(table, layout, findings)
    lvm = _check_lvm(table.lvm, findings)
    zfs = _check_zfs(table.zfs, findings)
    btrfs = _check_btrfs(table.btrfs)
    if layout is None:
        return None
    return DiskSetup(layout, selection, lvm, zfs, btrfs, table.accept_small_disk, table.slack)


def _check_selection(
    table: DiskSetupTable, layout: Layout | None, findings: Findings
) -> DiskSelection:
    """Which disks; their number is compared with the layout's if they are named."""
    filters = check_filter(_FILTER, table.filter, findings)
    names = table.disk_list
    _check_one_way(table, findings)
    if names is not None:
        _check_names(names, findings)
        if layout is not None and not findings.spoilt_inside(_DISK_LIST):
            _check_count(len(names), layout, findings)
        if table.wipe is not None:
            findings.warn("disk-setup.wipe", "has no effect beside `disk-list`")
    if table.filter_match is not None and table.filter is None:
        findings.warn("disk-setup.filter-match", "has no effect without `filter`")
    return DiskSelection(
        names=tuple(names or ()),
        filters=filters,
        match=table.filter_match or "any",
        criteria=None if table.select is None else _check_criteria(table.select, findings),
        wipe=table.wipe is not None,
        for_original=table.filter is not None and table.layout is None,
    )


def _check_one_way(table: DiskSetupTable, findings: Findings) -> None:
    """Disks are chosen in one of three ways."""
    ways = {"disk-list": table.disk_list, "filter": table.filter, "select": table.select}
    used = [f"'{key}'" for key, value in ways.items() if value is not None]
    if len(used) > 1:
        message = f"cannot use {' and '.join(used)} together"
        findings.problem("conflict", _DISK_LIST, message, "keep one of them")
    if not used and not any(findings.spoilt(f"disk-setup.{key}") for key in ways):
        hint = "need one of 'disk-list', 'filter' and 'select'"
        findings.missing(_DISK_LIST, "which disks to use", hint)


def _check_criteria(table: SelectTable, findings: Findings) -> DiskCriteria:
    """What disks have to be; it has to say something, and nothing that cannot be met."""
    if not table.model_fields_set - {"count", "at_least"} and not findings.spoilt_inside(_SELECT):
        message = "says nothing about the disks, so it would take every disk there is"
        findings.problem("no-criteria", _SELECT, message, "state a size, a transport, a model, ...")
    for least, most in (("min-size", "max-size"), ("at-least", "count")):
        low, high = (getattr(table, key.replace("-", "_")) for key in (least, most))
        if low is not None and high is not None and low > high:
            message = f"is {low:g}, which is more than {most} ({high:g})"
            findings.problem("out-of-range", f"{_SELECT}.{least}", message)
    for key in ("model", "serial", "wwn", "path"):
        pattern = getattr(table, key)
        if pattern is not None and (wrong := wrong_with_line(pattern)):
            findings.problem("invalid-value", f"{_SELECT}.{key}", f"is a pattern that {wrong}")
    return DiskCriteria(
        min_size_bytes=_to_bytes(table.min_size),
        max_size_bytes=_to_bytes(table.max_size),
        transports=tuple(table.transport or ()),
        rotational=table.rotational,
        removable=table.removable,
        model=table.model,
        serial=table.serial,
        wwn=table.wwn,
        path=table.path,
        properties=check_filter(f"{_SELECT}.property", table.property, findings),
        count=table.count,
        at_least=table.at_least,
    )


def _check_lvm(table: LvmTable | None, findings: Findings) -> LvmOptions:
    """Sizes of the volumes, in bytes."""
    if table is None:
        return LvmOptions()
    half = None if table.hdsize is None else table.hdsize / 2
    if table.swapsize is not None and half is not None and table.swapsize > half:
        message = (
            f"swap size {table.swapsize:g} GiB cannot be greater than {half:g} GiB "
            "(hard disk size / 2)"
        )
        findings.problem("out-of-range", "disk-setup.lvm.swapsize", message)
    _check_limits(table, findings)
    return LvmOptions(
        hdsize_bytes=_to_bytes(table.hdsize),
        swapsize_bytes=_to_bytes(table.swapsize),
        maxroot_bytes=_to_bytes(table.maxroot),
        maxvz_bytes=_to_bytes(table.maxvz),
        minfree_bytes=_to_bytes(table.minfree),
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


def _check_zfs(table: ZfsTable | None, findings: Findings) -> ZfsOptions:
    """Properties of the pool."""
    if table is None:
        return ZfsOptions()
    arc_max = table.arc_max
    if arc_max is not None and 0 < arc_max < SMALLEST_ARC_MIB:
        message = f"is {arc_max} MiB, but must be at least {SMALLEST_ARC_MIB}, or 0 for no limit"
        findings.problem("out-of-range", "disk-setup.zfs.arc-max", message)
    given = {
        "ashift": table.ashift,
        "arc_max_mib": arc_max,
        "checksum": table.checksum,
        "compress": table.compress,
        "copies": table.copies,
        "hdsize_bytes": _to_bytes(table.hdsize),
    }
    # The defaults are the model's; only what the file says is handed over.
    return ZfsOptions.model_validate({k: v for k, v in given.items() if v is not None})


def _check_btrfs(table: BtrfsTable | None) -> BtrfsOptions:
    """How the file system is mounted, and how much of each disk it gets."""
    if table is None:
        return BtrfsOptions()
    return BtrfsOptions(compress=table.compress or "off", hdsize_bytes=_to_bytes(table.hdsize))


def _to_bytes(gib: float | None) -> int | None:
    return None if gib is None else gib_to_bytes(gib)


def _check_names(names: list[str], findings: Findings) -> None:
    seen: set[str] = set()
    for number, name in enumerate(names):
        where = f"{_DISK_LIST}[{number}]"
        if findings.spoilt(where):
            continue
        if wrong := wrong_with_line(name):
            findings.problem("invalid-value", where, f"{shown(name)} {wrong}")
        elif (plain := name.removeprefix("/dev/")) in seen:
            message = f"list of disks contains duplicate device {shown(name)}"
            findings.problem("duplicate", where, message)
        else:
            seen.add(plain)


def _check_count(count: int, layout: Layout, findings: Findings) -> None:
    fewest, most = layout.disks.minimum, layout.disks.maximum
    if fewest <= count <= (count if most is None else most):
        return
    needed = f"{fewest}" if fewest == most else f"{fewest} or more"
    if most is not None and fewest != most:
        needed = f"{fewest} to {most}"
    message = f"names {count} disk(s), but the layout {layout.name} takes {needed}"
    findings.problem("disk-count", _DISK_LIST, message)
