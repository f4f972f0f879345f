"""A storage file: from its text to a `StorageRequest`, or to everything that is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from bedplate.config.disk_choice import Wanted, check_choice, to_bytes
from bedplate.config.findings import Findings, shown
from bedplate.config.shape import check_shape, parse_toml
from bedplate.config.special_table import check_small_blocks
from bedplate.config.storage_names import (
    wrong_with_pool_name,
    wrong_with_storage_name,
    wrong_with_volume_name,
)
from bedplate.config.storage_schema import (
    STORAGE,
    DirectoryTable,
    GroupTable,
    MoreDisksTable,
    PartTable,
    PoolTable,
    StorageFile,
    ThinPoolTable,
)
from bedplate.config.text import decode
from bedplate.config.zfs_properties import PROPERTIES
from bedplate.model.layout import Raid
from bedplate.model.request import DiskSelection
from bedplate.model.storage_request import (
    DirectoryRequest,
    GroupRequest,
    PartRequest,
    PoolRequest,
    StorageRequest,
    ThinPoolRequest,
)

_PLAIN = re.compile(r"[^\s\\\"'#]+")
_GUESTS = ("images", "rootdir")
_FILES = ("iso", "vztmpl", "backup")


def parse_storage(data: bytes) -> StorageRequest:
    """Read a storage file; what the operator should know is in the request's `warnings`.

    Raises `UsageError` with every problem the file has.
    """
    findings = Findings()
    tables = check_shape(parse_toml(decode(data)), STORAGE, findings)
    _check_names(tables, findings)
    request = StorageRequest(
        groups=tuple(_group(*item, tables, findings) for item in tables.volume_group.items()),
        thin_pools=tuple(_thin_pool(*item, findings) for item in tables.thin_pool.items()),
        directories=tuple(_directory(*item, findings) for item in tables.directory.items()),
        pools=tuple(_pool(*item, findings) for item in tables.pool.items()),
        warnings=tuple(findings.warnings),
    )
    if not (request.groups or request.thin_pools or request.directories or request.pools):
        hint = "known are [volume-group.NAME], [thin-pool.NAME], [directory.NAME], [pool.NAME]"
        findings.missing("storage", "the file asks for nothing", hint)
    findings.raise_if_any()
    return request


def _check_names(tables: StorageFile, findings: Findings) -> None:
    rules: tuple[tuple[str, Iterable[str], Callable[[str], str]], ...] = (
        ("volume-group", tables.volume_group, wrong_with_storage_name),
        ("thin-pool", tables.thin_pool, wrong_with_volume_name),
        ("directory", tables.directory, wrong_with_volume_name),
        ("pool", tables.pool, wrong_with_pool_name),
    )
    seen: dict[str, str] = {}
    for kind, names, wrong_with in rules:
        for name in names:
            where = f"{kind}.{name}"
            if wrong := wrong_with(name):
                findings.problem("invalid-value", where, f"{shown(name)} {wrong}")
            elif name in seen:
                message = f"has the name of {seen[name]}, and both would be one storage"
                findings.problem("duplicate", where, message, "choose another name")
            seen.setdefault(name, where)


def _group(name: str, table: GroupTable, tables: StorageFile, findings: Findings) -> GroupRequest:
    """What a thin pool takes is no room for volumes of another kind, unless somebody says so."""
    is_for_pools = any(pool.volume_group == name for pool in tables.thin_pool.values())
    return GroupRequest(
        name=name,
        disks=_disks(table, f"volume-group.{name}", findings),
        content=_blocks(
            table.content, () if is_for_pools else _GUESTS, f"volume-group.{name}", findings
        ),
    )


def _thin_pool(name: str, table: ThinPoolTable, findings: Findings) -> ThinPoolRequest:
    where = f"thin-pool.{name}"
    _check_size(table.size, f"{where}.size", findings)
    _check_size(table.metadata_size, f"{where}.metadata-size", findings)
    return ThinPoolRequest(
        name=name,
        group=table.volume_group or "",
        size_bytes=to_bytes(table.size),
        metadata_size_bytes=to_bytes(table.metadata_size),
        content=_blocks(table.content, _GUESTS, where, findings),
    )


def _directory(name: str, table: DirectoryTable, findings: Findings) -> DirectoryRequest:
    where = f"directory.{name}"
    _check_size(table.size, f"{where}.size", findings)
    group, slash, pool = (table.thin_pool or "").partition("/")
    if table.thin_pool is not None and not (group and slash and pool and "/" not in pool):
        message = f"{shown(table.thin_pool)} is no thin pool with its group, such as pve/data"
        findings.problem("invalid-value", f"{where}.thin-pool", message)
    if table.path is not None and (wrong := _wrong_with_path(table.path)):
        findings.problem("invalid-value", f"{where}.path", f"{shown(table.path)} {wrong}")
    return DirectoryRequest(
        name=name,
        group=group,
        pool=pool,
        size_bytes=to_bytes(table.size) or 0,
        filesystem=table.filesystem or "ext4",
        path=table.path or "/",
        content=_FILES if table.content is None else tuple(table.content),
    )


def _wrong_with_path(path: str) -> str:
    """What a file system may be mounted on is what ZFS may mount one on; fstab knows no blanks."""
    if not path.startswith("/") or not _PLAIN.fullmatch(path):
        return "is not an absolute path such as /srv/data, without blanks or quotes"
    return PROPERTIES["mountpoint"](path)


def _pool(name: str, table: PoolTable, findings: Findings) -> PoolRequest:
    where = f"pool.{name}"
    small_blocks = table.special.small_blocks if table.special is not None else None
    check_small_blocks(small_blocks, f"{where}.special.small-blocks", findings)
    return PoolRequest(
        name=name,
        raid=Raid(table.raid) if table.raid is not None else Raid.RAID0,
        disks=_disks(table, where, findings),
        ashift=table.ashift or 12,
        compress=table.compress or "on",
        special=_part(table.special, f"{where}.special", findings),
        small_blocks=small_blocks,
        log=_part(table.log, f"{where}.log", findings),
        cache=_part(table.cache, f"{where}.cache", findings),
        insist=table.insist,
        content=_blocks(table.content, _GUESTS, where, findings),
    )


def _part(table: PartTable | None, where: str, findings: Findings) -> PartRequest | None:
    if table is None:
        return None
    _check_size(table.size, f"{where}.size", findings)
    return PartRequest(disks=_disks(table, where, findings), size_bytes=to_bytes(table.size))


def _disks(table: MoreDisksTable, where: str, findings: Findings) -> DiskSelection:
    return check_choice(table, Wanted(where=where, wipe=table.wipe is not None), findings)


def _blocks(
    asked: Sequence[str] | None, usual: tuple[str, ...], where: str, findings: Findings
) -> tuple[str, ...]:
    """What is kept where there are volumes, and no files."""
    if wrong := [word for word in asked or () if word not in _GUESTS]:
        message = f"has {' and '.join(wrong)}, which are files, and there are only volumes"
        findings.problem("conflict", f"{where}.content", message, "use a [directory.NAME] for them")
    return usual if asked is None else tuple(asked)


def _check_size(gib: float | None, where: str, findings: Findings) -> None:
    if gib == 0:
        findings.problem("out-of-range", where, "is 0, which is nothing")
