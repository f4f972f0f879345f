"""Block devices made up for tests."""

from __future__ import annotations

from collections.abc import Mapping

from bedplate.facts.block import BlockDevice

SECTORS = 2097152


def device(
    name: str,
    *,
    path: str = "",
    number: str = "8:0",
    parent: str | None = None,
    attributes: Mapping[str, str] | None = None,
    properties: Mapping[str, str] | None = None,
    by_id: tuple[str, ...] = (),
    below: tuple[str, ...] = (),
) -> BlockDevice:
    """A device of 1 GiB, unless its attributes say otherwise."""
    return BlockDevice(
        name=name,
        path=path or f"/dev/{name}",
        device=number,
        sys_path=f"/sys/devices/pci0000:00/ata1/host0/block/{name}",
        parent=parent,
        attributes={"size": str(SECTORS), **(attributes or {})},
        properties=properties or {},
        by_id=by_id,
        below=below,
    )
