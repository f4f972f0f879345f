"""What a plan for more storage follows from, and what parts of one are put together of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bedplate.errors import Problem
from bedplate.model.disk_change import DiskStep
from bedplate.model.esp import EspFacts
from bedplate.model.facts import DiskFact, Facts
from bedplate.model.known_disk import KnownDisk
from bedplate.model.plan import DiskPlan
from bedplate.model.smart import SmartFact
from bedplate.model.storage_entry import StorageEntry
from bedplate.model.store import StoreFact


@dataclass(frozen=True, slots=True)
class StorageInput:
    """All that is known of the host.

    `fstab` and `storage_cfg` are the texts of those files. `occupied` says of places where
    something is to be mounted why it cannot be, in the words that follow the place; `mounted` are
    those where something is. `smart` is what disks say of themselves, as far as they were asked.
    """

    facts: Facts
    stores: tuple[StoreFact, ...]
    esps: EspFacts
    known: tuple[KnownDisk, ...] = ()
    smart: tuple[SmartFact, ...] = ()
    fstab: str = ""
    storage_cfg: str = ""
    occupied: Mapping[str, str] = field(default_factory=dict)
    mounted: frozenset[str] = frozenset()

    def pool(self, name: str) -> StoreFact | None:
        """The imported pool of that name, with its members."""
        return next((s for s in self.stores if s.kind == "zfs" and s.name == name), None)


@dataclass(frozen=True, slots=True)
class Draft:
    """What one thing that is asked for comes to.

    `disks` are those that it takes, and `tables` what they get. `entry` is there in any case, also
    where nothing has to be done; `fstab` is the line that it needs there. `remembered` disks are
    those that the host is to know when they are gone.
    """

    problems: tuple[Problem, ...] = ()
    disks: tuple[DiskFact, ...] = ()
    tables: tuple[DiskPlan, ...] = ()
    steps: tuple[DiskStep, ...] = ()
    after_fstab: tuple[DiskStep, ...] = ()
    fstab: str | None = None
    entry: StorageEntry | None = None
    warnings: tuple[str, ...] = ()
    remembered: tuple[DiskFact, ...] = ()
