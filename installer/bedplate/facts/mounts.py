"""Which block devices are mounted or swapped to, as the kernel says.

From /proc/self/mountinfo (proc_pid_mountinfo(5)), /proc/swaps, and /sys/fs/btrfs, because a btrfs
on several disks shows only one of them in the list of mounts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bedplate.facts.tools import senseless

_ESCAPE = re.compile(r"\\([0-7]{3})")


@dataclass(frozen=True, slots=True)
class Mount:
    """One line of mountinfo. `device` is `major:minor`."""

    device: str
    target: str
    kind: str
    source: str
    options: frozenset[str]


@dataclass(frozen=True, slots=True)
class InUse:
    """Mount points by `major:minor` and by source path, and the paths that are swapped to."""

    by_device: Mapping[str, tuple[str, ...]]
    by_source: Mapping[str, tuple[str, ...]]
    swaps: frozenset[str]

    def mounts(self, device: str, path: str) -> tuple[str, ...]:
        """Where a block device is mounted, in the order of mounting."""
        return tuple(dict.fromkeys(self.by_device.get(device, ()) + self.by_source.get(path, ())))


def parse_mountinfo(text: str) -> tuple[Mount, ...]:
    """The mounts of a /proc/PID/mountinfo."""
    try:
        return tuple(_mount(line) for line in text.splitlines())
    except (IndexError, ValueError) as error:
        raise senseless("/proc/self/mountinfo", "has a line without the usual fields") from error


def parse_swaps(text: str) -> tuple[str, ...]:
    """Paths in use as swap, from /proc/swaps."""
    return tuple(_unescaped(line.split()[0]) for line in text.splitlines()[1:] if line.strip())


def probe_mounts(root: Path = Path("/")) -> tuple[Mount, ...]:
    """Every mount of this process's view of the machine."""
    return parse_mountinfo((root / "proc/self/mountinfo").read_text())


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


def _mount(line: str) -> Mount:
    fields = line.split(" ")
    # Optional fields end at a lone dash; kind, source and the options of the file system follow.
    dash = fields.index("-", 6)
    options = frozenset(f"{fields[5]},{fields[dash + 3]}".split(","))
    source = _unescaped(fields[dash + 2])
    return Mount(fields[2], _unescaped(fields[4]), fields[dash + 1], source, options)


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


def _unescaped(field: str) -> str:
    return _ESCAPE.sub(lambda match: chr(int(match[1], 8)), field)
