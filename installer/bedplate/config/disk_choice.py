"""The rules for choosing disks: by name, by udev properties or by criteria, in one of three ways.

They are the same for the disks of the data and for those of a special device.
"""

from __future__ import annotations

from dataclasses import dataclass

from bedplate.config.filter_table import check_filter
from bedplate.config.findings import Findings, shown
from bedplate.config.names import wrong_with_line
from bedplate.config.schema import DisksTable, SelectTable
from bedplate.model.layout import DiskRule
from bedplate.model.request import DiskCriteria, DiskSelection
from bedplate.units import gib_to_bytes


@dataclass(frozen=True, slots=True)
class Wanted:
    """Where the keys are, whose disks are chosen and how many of them it takes, if that is known.

    `wipe` and `for_original` are as in `DiskSelection`.
    """

    where: str
    layout: str = ""
    rule: DiskRule | None = None
    wipe: bool = False
    for_original: bool = False


def check_choice(table: DisksTable, wanted: Wanted, findings: Findings) -> DiskSelection:
    """Which disks; their number is compared with the layout's if they are named."""
    filters = check_filter(f"{wanted.where}.filter", table.filter, findings)
    names = table.disk_list
    disk_list = f"{wanted.where}.disk-list"
    _check_one_way(table, wanted.where, findings)
    if names is not None:
        _check_names(names, disk_list, findings)
        if wanted.rule is not None and not findings.spoilt_inside(disk_list):
            _check_count(len(names), wanted.rule, disk_list, wanted.layout, findings)
    if table.filter_match is not None and table.filter is None:
        findings.warn(f"{wanted.where}.filter-match", "has no effect without `filter`")
    criteria = None
    if table.select is not None:
        criteria = _check_criteria(table.select, f"{wanted.where}.select", findings)
    return DiskSelection(
        names=tuple(names or ()),
        filters=filters,
        match=table.filter_match or "any",
        criteria=criteria,
        wipe=wanted.wipe,
        for_original=wanted.for_original,
    )


def to_bytes(gib: float | None) -> int | None:
    """Bytes of a size that may be absent."""
    return None if gib is None else gib_to_bytes(gib)


def _check_one_way(table: DisksTable, where: str, findings: Findings) -> None:
    """Disks are chosen in one of three ways."""
    ways = {"disk-list": table.disk_list, "filter": table.filter, "select": table.select}
    used = [f"'{key}'" for key, value in ways.items() if value is not None]
    disk_list = f"{where}.disk-list"
    if len(used) > 1:
        message = f"cannot use {' and '.join(used)} together"
        findings.problem("conflict", disk_list, message, "keep one of them")
    if not used and not any(findings.spoilt(f"{where}.{key}") for key in ways):
        hint = "need one of 'disk-list', 'filter' and 'select'"
        findings.missing(disk_list, "which disks to use", hint)


def _check_criteria(table: SelectTable, where: str, findings: Findings) -> DiskCriteria:
    """What disks have to be; it has to say something, and nothing that cannot be met."""
    if not table.model_fields_set - {"count", "at_least"} and not findings.spoilt_inside(where):
        message = "says nothing about the disks, so it would take every disk there is"
        findings.problem("no-criteria", where, message, "state a size, a transport, a model, ...")
    for least, most in (("min-size", "max-size"), ("at-least", "count")):
        low, high = (getattr(table, key.replace("-", "_")) for key in (least, most))
        if low is not None and high is not None and low > high:
            message = f"is {low:g}, which is more than {most} ({high:g})"
            findings.problem("out-of-range", f"{where}.{least}", message)
    for key in ("model", "serial", "wwn", "path"):
        pattern = getattr(table, key)
        if pattern is not None and (wrong := wrong_with_line(pattern)):
            findings.problem("invalid-value", f"{where}.{key}", f"is a pattern that {wrong}")
    return DiskCriteria(
        min_size_bytes=to_bytes(table.min_size),
        max_size_bytes=to_bytes(table.max_size),
        transports=tuple(table.transport or ()),
        rotational=table.rotational,
        removable=table.removable,
        model=table.model,
        serial=table.serial,
        wwn=table.wwn,
        path=table.path,
        properties=check_filter(f"{where}.property", table.property, findings),
        count=table.count,
        at_least=table.at_least,
    )


def _check_names(names: list[str], disk_list: str, findings: Findings) -> None:
    seen: set[str] = set()
    for number, name in enumerate(names):
        where = f"{disk_list}[{number}]"
        if findings.spoilt(where):
            continue
        if wrong := wrong_with_line(name):
            findings.problem("invalid-value", where, f"{shown(name)} {wrong}")
        elif (plain := name.removeprefix("/dev/")) in seen:
            message = f"list of disks contains duplicate device {shown(name)}"
            findings.problem("duplicate", where, message)
        else:
            seen.add(plain)


def _check_count(
    count: int, rule: DiskRule, disk_list: str, layout: str, findings: Findings
) -> None:
    fewest, most = rule.minimum, rule.maximum
    if fewest <= count <= (count if most is None else most):
        return
    needed = f"{fewest}" if fewest == most else f"{fewest} or more"
    if most is not None and fewest != most:
        needed = f"{fewest} to {most}"
    message = f"names {count} disk(s), but the layout {layout} takes {needed}"
    findings.problem("disk-count", disk_list, message)
