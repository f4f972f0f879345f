"""A storage as the manual's tools know it: a section of /etc/pve/storage.cfg."""

from __future__ import annotations

from typing import Literal

from bedplate.model.value import Value

STORAGE_CFG = "/etc/pve/storage.cfg"

StorageKind = Literal["dir", "lvm", "lvmthin", "zfspool", "btrfs"]


class StorageEntry(Value):
    """One storage; `options` in order, each a key and its value, "" for a key without one."""

    kind: StorageKind
    name: str
    options: tuple[tuple[str, str], ...]

    def describe(self) -> str:
        """What it is, for people: `lvmthin local-lvm`."""
        return f"{self.kind} {self.name}"
