"""File systems that lie on several devices: each of their devices carries one and the same UUID.

Facts do not list them as such. A btrfs whose other devices are not seen looks like one of a single
device here; nothing on the disks that are there would be spared by knowing better.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from bedplate.model.facts import DiskFact, Facts, PartitionFact, Signature


@dataclass(frozen=True, slots=True)
class SpanningBtrfs:
    """A btrfs with several devices; it goes by its label, or by its UUID if it has none."""

    name: str
    devices: tuple[str, ...]

    def describe(self) -> str:
        """What is lost, with all that belongs to it, when one of its devices is."""
        return f"btrfs {self.name} over {', '.join(self.devices)}"


def spanning_btrfs(facts: Facts) -> tuple[SpanningBtrfs, ...]:
    """Every btrfs with several devices, in the order of the disks."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    names: dict[str, str] = {}
    for disk in facts.disks:
        for device, signature in _signatures(disk):
            if signature.kind == "btrfs" and signature.uuid is not None:
                found[signature.uuid].append(device)
                names[signature.uuid] = signature.label or signature.uuid
    return tuple(
        SpanningBtrfs(names[uuid], tuple(devices))
        for uuid, devices in found.items()
        if len(devices) > 1
    )


def _signatures(disk: DiskFact) -> Iterator[tuple[str, Signature]]:
    things: tuple[DiskFact | PartitionFact, ...] = (disk, *disk.partitions)
    for thing in things:
        for signature in thing.signatures:
            yield thing.path, signature
