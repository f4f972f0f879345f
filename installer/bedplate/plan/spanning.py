"""File systems that lie on several devices: each of their devices carries one and the same UUID.

A btrfs whose other devices are not seen looks like one of a single device here; nothing on the
disks that are there would be spared by knowing better.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bedplate.model.facts import DiskFact, Facts


@dataclass(frozen=True, slots=True)
class SpanningBtrfs:
    """A btrfs with several devices; it goes by its label, or by its UUID if it has none."""

    name: str
    devices: tuple[str, ...]

    def describe(self) -> str:
        """What is lost, with all that belongs to it, when one of its devices is."""
        return f"btrfs {self.name} over {', '.join(self.devices)}"


def btrfs_on(disk: DiskFact, facts: Facts) -> tuple[SpanningBtrfs, ...]:
    """Every btrfs with a device on the disk, and with others, each once."""
    return tuple(dict.fromkeys(_btrfs_on(disk, facts)))


def _btrfs_on(disk: DiskFact, facts: Facts) -> Iterator[SpanningBtrfs]:
    for signature in (signature for device in disk.devices for signature in device.signatures):
        if signature.kind == "btrfs" and signature.uuid is not None:
            devices = facts.btrfs_devices[signature.uuid]
            if len(devices) > 1:
                yield SpanningBtrfs(signature.label or signature.uuid, devices)
