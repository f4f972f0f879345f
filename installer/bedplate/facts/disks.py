"""Puts together what is known about each disk, from the kernel, udev, the table and wipefs."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from bedplate.facts.block import BlockDevice, lasting_properties, probe_block_devices
from bedplate.facts.gpt import Gpt, GptEntry, probe_gpt
from bedplate.facts.identity import (
    drive_properties,
    model_of,
    rank_by_id,
    serial_of,
    transport_of,
    wwn_of,
)
from bedplate.facts.layers import Layer, layers_on
from bedplate.facts.mounts import InUse, probe_in_use
from bedplate.facts.signatures import TABLE_KINDS, Signatures, probe_signatures
from bedplate.facts.slots import slot_of
from bedplate.facts.stack import probe_holders
from bedplate.model.facts import DiskFact, LayerFact, PartitionFact, Signature
from bedplate.run import Runner, side_by_side


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything that was read about the block devices concerned.

    `layers` are by the path of the disk that they are on, `errors` by path.
    """

    devices: Mapping[str, BlockDevice]
    tables: Mapping[str, Gpt | None]
    signatures: Signatures
    holders: Mapping[str, tuple[str, ...]]
    in_use: InUse
    layers: Mapping[str, tuple[Layer, ...]] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)


def probe_disk_facts(
    run: Runner, only: Collection[str] | None = None, *, include_loop: bool = False
) -> tuple[DiskFact, ...]:
    """The disks of the machine, or those of them whose `DiskFact.id` is in `only`.

    Two readings of an unchanged disk are equal. A disk that cannot be read is listed with the
    reason in `error`; one that is gone is not listed. Loop devices with a file behind them count
    as disks if `include_loop` is set or `only` names them.

    Raises `FactsError` or `CommandError` if the machine cannot be read (lsblk, wipefs missing).
    """
    devices = probe_block_devices()
    disks = [
        device
        for device in devices.values()
        if device.is_disk(loops=include_loop or (only is not None and device.path in only))
        and (only is None or _id(device) in only)
    ]
    if not disks:
        return ()
    tables, errors = _probe_tables(disks)
    layers = layers_on(disks, devices)
    nodes = [node for disk in disks for node in _nodes(disk, tables.get(disk.path), devices)]
    nodes += [layer.path for disk in disks for layer in layers[disk.path] if layer.readable]
    with side_by_side() as threads:
        holders = threads.submit(probe_holders)
        signatures, unreadable = probe_signatures(
            run, [path for path in dict.fromkeys(nodes) if path not in errors]
        )
    reading = Reading(
        devices,
        tables,
        signatures,
        holders.result(),
        probe_in_use(),
        layers,
        unreadable | errors,
    )
    return tuple(disk_fact(disk, reading) for disk in disks)


def disk_fact(disk: BlockDevice, reading: Reading) -> DiskFact:
    """One disk of a reading. A multipath map is the drive that its first path leads to."""
    drive = _drive(disk, reading)
    table = reading.tables.get(disk.path)
    signatures = reading.signatures.get(disk.path, ())
    return DiskFact(
        path=disk.path,
        by_id=rank_by_id(disk.by_id),
        serial=serial_of(drive.attributes, drive.properties),
        wwn=wwn_of(drive.attributes, drive.properties),
        model=model_of(drive.attributes, drive.properties),
        transport=transport_of(drive.sys_path),
        rotational=_flag(disk, "queue/rotational"),
        removable=_flag(disk, "removable") or False,
        read_only=_flag(disk, "ro") or False,
        size_bytes=disk.size_bytes,
        sector_size=disk.sector_size,
        physical_sector_size=int(
            disk.attributes.get("queue/physical_block_size", disk.sector_size)
        ),
        table="gpt" if table else _other_table(signatures),
        guid=table.guid if table else None,
        partitions=_partitions(disk, table, reading),
        signatures=signatures,
        mounts=reading.in_use.mounts(disk.device, disk.path),
        swap=disk.path in reading.in_use.swaps,
        holders=reading.holders.get(disk.name, ()),
        layers=tuple(_layer(layer, reading) for layer in reading.layers.get(disk.path, ())),
        stale_backup_sector=table.stale_backup_sector if table else None,
        bus_path=disk.properties.get("ID_PATH"),
        slot=slot_of(drive.sys_path),
        properties=lasting_properties(
            disk.properties
            if drive is disk
            else {**drive_properties(drive.properties), **disk.properties}
        ),
        error=reading.errors.get(disk.path),
    )


def partition_path(disk: str, number: int) -> str:
    """The node of a partition, by the kernel's and kpartx' rules for names."""
    if disk.startswith("/dev/mapper/"):
        return f"{disk}-part{number}"
    return f"{disk}p{number}" if disk[-1].isdigit() else f"{disk}{number}"


def _partitions(
    disk: BlockDevice, table: Gpt | None, reading: Reading
) -> tuple[PartitionFact, ...]:
    """What the table says, and what only the kernel still has.

    A partition that was deleted while mounted lives on in the kernel, and must not go unseen.
    """
    listed = {entry.number: entry for entry in table.entries} if table else {}
    known = _kernel_partitions(disk, reading.devices)
    return tuple(
        _from_table(disk, listed[number], reading)
        if number in listed
        else _from_kernel(disk, number, known[number], reading)
        for number in sorted(listed.keys() | known.keys())
    )


def _from_table(disk: BlockDevice, entry: GptEntry, reading: Reading) -> PartitionFact:
    path = partition_path(disk.path, entry.number)
    partition = PartitionFact(
        number=entry.number,
        path=path,
        first_sector=entry.first_sector,
        last_sector=entry.last_sector,
        size_bytes=(entry.last_sector - entry.first_sector + 1) * disk.sector_size,
        type_guid=entry.type_guid,
        guid=entry.guid,
        name=entry.name,
        flags=entry.flags,
    )
    node = reading.devices.get(path)
    return partition if node is None else _with_use(partition, node, reading)


def _from_kernel(
    disk: BlockDevice, number: int, node: BlockDevice, reading: Reading
) -> PartitionFact:
    first = node.start_bytes // disk.sector_size
    partition = PartitionFact(
        number=number,
        path=node.path,
        first_sector=first,
        last_sector=first + node.size_bytes // disk.sector_size - 1,
        size_bytes=node.size_bytes,
    )
    return _with_use(partition, node, reading)


def _with_use(partition: PartitionFact, node: BlockDevice, reading: Reading) -> PartitionFact:
    """The partition with what its node tells: content and users."""
    return partition.model_copy(
        update={
            "signatures": reading.signatures.get(node.path, ()),
            "mounts": reading.in_use.mounts(node.device, node.path),
            "swap": node.path in reading.in_use.swaps,
            "holders": reading.holders.get(node.name, ()),
        }
    )


def _layer(layer: Layer, reading: Reading) -> LayerFact:
    """The layer with what is on it and who uses it."""
    return LayerFact(
        path=layer.path,
        node=layer.node,
        kind=layer.kind,
        on=layer.on,
        uuid=layer.uuid,
        signatures=reading.signatures.get(layer.path, ()),
        mounts=reading.in_use.mounts(layer.device, layer.node),
        swap=bool(reading.in_use.swaps & {layer.path, layer.node}),
    )


def _kernel_partitions(
    disk: BlockDevice, devices: Mapping[str, BlockDevice]
) -> dict[int, BlockDevice]:
    return {
        int(device.attributes["partition"]): device
        for device in devices.values()
        if device.parent == disk.name and "partition" in device.attributes
    }


def _drive(disk: BlockDevice, reading: Reading) -> BlockDevice:
    """The device that tells what a disk is: of a multipath map, the first of its paths."""
    paths = (f"/dev/{name}" for name in disk.below) if disk.is_multipath else ()
    return next((reading.devices[path] for path in paths if path in reading.devices), disk)


def _nodes(disk: BlockDevice, table: Gpt | None, devices: Mapping[str, BlockDevice]) -> list[str]:
    """Paths of the disk and of those of its partitions that have a node."""
    listed = {partition_path(disk.path, entry.number) for entry in (table.entries if table else ())}
    known = {device.path for device in _kernel_partitions(disk, devices).values()}
    return [disk.path, *sorted(known | (listed & devices.keys()))]


def _probe_tables(disks: Collection[BlockDevice]) -> tuple[dict[str, Gpt | None], dict[str, str]]:
    """The GPT of each disk, and the reason for each disk that could not be read."""
    tables: dict[str, Gpt | None] = {}
    errors: dict[str, str] = {}
    for disk in disks:
        try:
            tables[disk.path] = _probe_table(disk)
        except OSError as error:
            errors[disk.path] = error.strerror or str(error)
    return tables, errors


def _probe_table(disk: BlockDevice) -> Gpt | None:
    device = os.open(disk.path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return probe_gpt(device, disk.sector_size, disk.size_bytes)
    finally:
        os.close(device)


def _other_table(signatures: tuple[Signature, ...]) -> str | None:
    """The kind of a table that is not a valid GPT."""
    kinds = (signature.kind for signature in signatures)
    return next((kind for kind in kinds if kind in TABLE_KINDS - {"gpt"}), None)


def _flag(disk: BlockDevice, attribute: str) -> bool | None:
    value = disk.attributes.get(attribute)
    return None if value is None else value == "1"


def _id(disk: BlockDevice) -> str:
    """What `DiskFact.id` will be."""
    return next(iter(rank_by_id(disk.by_id)), disk.path)
