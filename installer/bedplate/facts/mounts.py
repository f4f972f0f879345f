"""Which block devices are mounted or swapped to, as the kernel says.

From /proc/self/mountinfo (proc_pid_mountinfo(5)), /proc/swaps, and /sys/fs/btrfs, because a btrfs
on several disks shows only one of them in the list of mounts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bedplate.facts.tools import senseless
from bedplate.model.mountinfo import Mount, parse_mountinfo, unescaped


@dataclass(frozen=True, slots=True)
class InUse:
    """Mount points by `major:minor` and by source path, and the paths that are swapped to."""

    by_device: Mapping[str, tuple[str, ...]]
    by_source: Mapping[str, tuple[str, ...]]
    swaps: frozenset[str]

    def mounts(self, device: str, path: str) -> tuple[str, ...]:
        """Where a block device is mounted, in the order of mounting."""
        return tuple(dict.fromkeys(self.by_device.get(device, ()) + self.by_source.get(path, ())))


def parse_swaps(text: str) -> tuple[str, ...]:
    """Paths in use as swap, from /proc/swaps."""
    return tuple(unescaped(line.split()[0]) for line in text.splitlines()[1:] if line.strip())


def probe_mounts(root: Path = Path("/"), process: str = "self") -> tuple[Mount, ...]:
    """Every mount of a process's view of the machine, ours or another's."""
    place = f"/proc/{process}/mountinfo"
    try:
        return parse_mountinfo((root / place.lstrip("/")).read_text())
    except ValueError as error:
        raise senseless(place, str(error)) from error


def probe_in_use(root: Path = Path("/")) -> InUse:
    """What is mounted or swapped to now."""
    by_device: dict[str, list[str]] = {}
    by_source: dict[str, list[str]] = {}
    for mount in probe_mounts(root):
        by_device.setdefault(mount.device, []).append(mount.target)
        # A btrfs has a device number of its own, so only its source leads to the disk.
        if mount.device.startswith("0:") and mount.source.startswith("/dev/"):
            for path in _btrfs_devices(root, mount) or (_real(mount.source),):
                by_source.setdefault(path, []).append(mount.target)
    swaps = parse_swaps((root / "proc/swaps").read_text())
    return InUse(
        {device: tuple(targets) for device, targets in by_device.items()},
        {path: tuple(targets) for path, targets in by_source.items()},
        frozenset(_real(path) for path in swaps),
    )


def _btrfs_devices(root: Path, mount: Mount) -> tuple[str, ...]:
    """Paths of all the devices of the btrfs that `mount` shows."""
    if mount.kind != "btrfs":
        return ()
    for folder in sorted((root / "sys/fs/btrfs").glob("*/devices")):
        paths = tuple(f"/dev/{entry.name}" for entry in sorted(folder.iterdir()))
        if _real(mount.source) in paths:
            return paths
    return ()


def _real(path: str) -> str:
    return str(Path(path).resolve())
