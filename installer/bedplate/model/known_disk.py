"""The boot disks that a host was given, so that one which is gone still has a name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from pydantic import RootModel

from bedplate.model.value import Value

KNOWN_DISKS = "/var/lib/bedplate/disks.json"
"""Where a host keeps them once one was replaced; before, they are those of its plan."""


class KnownDisk(Value):
    """A boot disk: its stable id, model and serial in words, the FAT id of its ESP.

    `place` is where in the machine it was when it was installed.
    """

    id: str
    title: str
    fat_id: str | None = None
    place: str | None = None


class KnownDisks(RootModel[tuple[KnownDisk, ...]]):
    """All of them, as the file has them."""

    def text(self) -> str:
        """What the file says."""
        return self.model_dump_json(indent=2) + "\n"


def by_fat_id(known: tuple[KnownDisk, ...]) -> Mapping[str, str]:
    """The ids of the disks by the FAT ids of their ESPs."""
    return MappingProxyType({disk.fat_id: disk.id for disk in known if disk.fat_id is not None})
