"""The arrays that run and the btrfs that are mounted, from sysfs alone.

For md see the kernel's Documentation/admin-guide/md.rst; for btrfs the folder `devinfo`, which
Documentation/ABI/testing/sysfs-fs-btrfs does not say much of: one entry for each device that the
file system should have, with `missing` in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bedplate.model.array import ArrayFact


def probe_arrays(root: Path = Path("/")) -> tuple[ArrayFact, ...]:
    """All of them; one that ends while it is looked at is left out."""
    return (*_md(root), *_btrfs(root))


def _md(root: Path) -> Iterator[ArrayFact]:
    for folder in sorted((root / "sys/block").glob("md*/md")):
        # Arrays without redundancy have no `degraded`; containers have no members of their own.
        lost = _text(folder / "degraded")
        if lost is not None:
            # While it is given another shape, the former number follows: `3 (2)`.
            members = int((_text(folder / "raid_disks") or "0").split()[0])
            name = _name_of(folder.parent.name, root)
            yield ArrayFact(kind="md", name=name, members=members, missing=int(lost))


def _btrfs(root: Path) -> Iterator[ArrayFact]:
    for folder in sorted((root / "sys/fs/btrfs").glob("*/devinfo")):
        devices = sorted(folder.glob("*"))
        label = _text(folder.parent / "label")
        yield ArrayFact(
            kind="btrfs",
            name=label or folder.parent.name,
            members=len(devices),
            missing=sum(_text(device / "missing") == "1" for device in devices),
            erring=sum(_lost_writes(device) for device in devices),
        )


def _lost_writes(device: Path) -> bool:
    """Whether a device did not take everything; `missing` is only noticed when it is mounted."""
    counts = dict(line.split() for line in (_text(device / "error_stats") or "").splitlines())
    return any(int(counts.get(name, 0)) for name in ("write_errs", "flush_errs"))


def _name_of(node: str, root: Path) -> str:
    """The name that mdadm gave it, as udev keeps it."""
    links = sorted((root / "dev/md").glob("*"))
    return next((f"/dev/md/{link.name}" for link in links if link.resolve().name == node), node)


def _text(path: Path) -> str | None:
    try:
        return path.read_text().strip()
    except OSError:
        return None
