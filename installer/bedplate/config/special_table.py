"""The rules for `[disk-setup.special]`: the disks of a special device, and what else is on them."""

from __future__ import annotations

from bedplate.config.disk_choice import Wanted, check_choice, to_bytes
from bedplate.config.findings import Findings, shown
from bedplate.config.schema import SpecialTable
from bedplate.config.zfs_properties import wrong_with_small_blocks
from bedplate.model.layout import Layout
from bedplate.model.request import SpecialOptions
from bedplate.units import zfs_size

# What `recordsize` is unless somebody says otherwise, zfsprops(7).
RECORD_BYTES = 128 * 1024

_SPECIAL = "disk-setup.special"
_SMALL_BLOCKS = f"{_SPECIAL}.small-blocks"


def check_special(
    table: SpecialTable | None, layout: Layout | None, findings: Findings, *, wipe: bool
) -> SpecialOptions | None:
    """The special device that is asked for; a layout has one, or it has none."""
    rule = None if layout is None else layout.special
    if table is None:
        if layout is not None and rule is not None:
            what = f"the layout {layout.name} has a special device, on disks of its own"
            findings.missing(_SPECIAL, what, f"name them with `{_SPECIAL}.disk-list`")
        return None
    if layout is not None and rule is None:
        message = f"does not belong to {layout.name}, which has no special device"
        findings.problem("conflict", _SPECIAL, message, "name the layout `zfs-mirror-special`")
    wanted = Wanted(
        where=_SPECIAL, layout="" if layout is None else layout.name, rule=rule, wipe=wipe
    )
    check_small_blocks(table.small_blocks, _SMALL_BLOCKS, findings)
    return SpecialOptions(
        disks=check_choice(table, wanted, findings),
        hdsize_bytes=to_bytes(table.hdsize),
        logsize_bytes=to_bytes(table.logsize) or 0,
        cachesize_bytes=to_bytes(table.cachesize) or 0,
        small_blocks=table.small_blocks,
    )


def check_small_blocks(text: str | None, where: str, findings: Findings) -> None:
    """Which blocks of files go to a special device, at the key `where`."""
    if text is None:
        return
    if wrong := wrong_with_small_blocks(text):
        findings.problem("invalid-value", where, f"{shown(text)} {wrong}")
    elif (zfs_size(text) or 0) >= RECORD_BYTES:
        message = (
            f"is {text}: no block of a file is larger unless recordsize says so, and everything "
            "would go to the special device"
        )
        findings.problem("out-of-range", where, message, "64K at most")
