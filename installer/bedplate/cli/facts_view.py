"""What a machine is and holds, as tables for people."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Group, RenderableType
from rich.text import Text

from bedplate.cli.tables import table
from bedplate.model.facts import DiskFact, Facts, PartitionFact, Signature
from bedplate.units import human


def facts_view(facts: Facts) -> Group:
    """The tables for people, those that would be empty left out."""
    partitions = [part for disk in facts.disks for part in disk.partitions]
    views: list[RenderableType] = [Text(_machine_line(facts))]
    tables = (
        table("Disks", "path size sector content used-by id", map(_disk_row, facts.disks)),
        table("Partitions", "path size role content used-by", map(_partition_row, partitions)),
        table("ZFS pools", "name state imported members", _pool_rows(facts)),
        table("Volume groups", "name size free PVs volumes", _group_rows(facts)),
        table("Network interfaces", "name MAC link driver addresses", _nic_rows(facts)),
    )
    views += [made for made in tables if made.row_count]
    views += [Text(f"{d.path} could not be read: {d.error}") for d in facts.disks if d.error]
    if facts.missing_tools:
        views.append(
            Text(
                f"Not installed, though an installation needs it: {', '.join(facts.missing_tools)}"
            )
        )
    return Group(*views)


def _machine_line(facts: Facts) -> str:
    firmware = facts.firmware
    words = [f"Started by {firmware.kind.value.upper()}"]
    if firmware.secure_boot:
        words.append("Secure Boot on")
    if firmware.nvram_writable:
        words.append("boot entries can be changed")
    return ", ".join([*words, f"{human(facts.memory_bytes)} of memory"])


def _disk_row(disk: DiskFact) -> tuple[str, ...]:
    sectors = f"{disk.sector_size}/{disk.physical_sector_size}"
    content = disk.table or _content(disk.signatures)
    return (disk.path, human(disk.size_bytes), sectors, content, _used_by(disk), disk.id)


def _partition_row(part: PartitionFact) -> tuple[str, ...]:
    role = part.name or part.type_guid or ""
    return (
        part.path,
        human(part.size_bytes),
        role,
        _content(part.signatures),
        _used_by(part),
    )


def _pool_rows(facts: Facts) -> Iterable[tuple[str, ...]]:
    for pool in facts.pools:
        yield pool.name, pool.state, "yes" if pool.imported else "no", " ".join(pool.members)


def _group_rows(facts: Facts) -> Iterable[tuple[str, ...]]:
    for group in facts.volume_groups:
        volumes = ", ".join(f"{lv.name} {human(lv.size_bytes)}" for lv in group.volumes)
        size, free = human(group.size_bytes), human(group.free_bytes)
        yield group.name, size, free, " ".join(group.pvs), volumes


def _nic_rows(facts: Facts) -> Iterable[tuple[str, ...]]:
    for nic in facts.nics:
        addresses = " ".join(address.cidr for address in nic.addresses)
        yield nic.name, nic.mac, "up" if nic.up else "down", nic.driver or "", addresses


def _content(signatures: tuple[Signature, ...]) -> str:
    kinds = (
        f"{signature.kind} {signature.label}" if signature.label else signature.kind
        for signature in signatures
        if not signature.is_table  # the column for tables says so already
    )
    return ", ".join(kinds)


def _used_by(thing: DiskFact | PartitionFact) -> str:
    swap = ("swap",) if thing.swap else ()
    return " ".join((*thing.mounts, *swap, *thing.holders))
