"""The btrfs that are mounted, and their devices.

Which there should be says sysfs: one entry in `devinfo` for each. What they are says the kernel, to
whoever asks it by a mount point (BTRFS_IOC_DEV_INFO of linux/btrfs.h): of a device that is missing,
it still knows the size.
"""

from __future__ import annotations

import fcntl
import os
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bedplate.facts.md import text_of
from bedplate.facts.mounts import probe_mounts
from bedplate.model.mountinfo import Mount
from bedplate.model.store import MemberFact, MemberGroup, MemberState, StoreFact

# struct btrfs_ioctl_dev_info_args: number, UUID, bytes used, size; what is between is not needed.
_DEV_INFO = 0xD000941E
_DEV_INFO_BYTES = 4096
_HEAD = struct.Struct("=Q16sQQ")
_PATH_AT = _DEV_INFO_BYTES - 1024
# struct btrfs_ioctl_dev_replace_args: what is asked, the answer, how it is, thousandths, when it
# began and ended, what could not be written, what could not be read.
_REPLACE = 0xCA289435
_REPLACE_BYTES = 2600
_STATUS = struct.Struct("=8Q")
_ASK_STATUS = 1
_STARTED = 1
# While a device is replaced, what takes its place has this number.
_TARGET = "0"

Device = tuple[str | None, int]
Replacing = tuple[float | None, int]


def ask_device(at: str, number: int) -> Device:
    """The path of a device of the btrfs mounted there, if it has one, and its size in bytes."""
    buffer = bytearray(_DEV_INFO_BYTES)
    struct.pack_into("=Q", buffer, 0, number)
    try:
        _ask(at, _DEV_INFO, buffer)
    except OSError:  # it has just been removed
        return None, 0
    path = bytes(buffer[_PATH_AT:]).split(b"\0", 1)[0].decode(errors="replace")
    return (path if path.startswith("/") else None), _HEAD.unpack_from(buffer)[3]


def ask_replacement(at: str) -> Replacing:
    """How far the replacement of a device is, if one is under way, and the errors of the last."""
    buffer = bytearray(_REPLACE_BYTES)
    struct.pack_into("=Q", buffer, 0, _ASK_STATUS)
    _ask(at, _REPLACE, buffer)
    _, _, state, thousandths, _, _, unwritten, unread = _STATUS.unpack_from(buffer)
    return (thousandths / 1000 if state == _STARTED else None), unwritten + unread


@dataclass(frozen=True, slots=True)
class Kernel:
    """What is asked of the kernel about a mounted btrfs; tests answer for it."""

    device: Callable[[str, int], Device] = ask_device
    replacement: Callable[[str], Replacing] = ask_replacement


def probe_btrfs(root: Path = Path("/"), kernel: Kernel = Kernel()) -> tuple[StoreFact, ...]:
    """Every mounted btrfs, of one device or of several."""
    return tuple(_stores(root, kernel))


def _ask(at: str, request: int, buffer: bytearray) -> None:
    folder = os.open(at, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.ioctl(folder, request, buffer)
    finally:
        os.close(folder)


def _stores(root: Path, kernel: Kernel) -> Iterator[StoreFact]:
    mounts = [mount for mount in probe_mounts(root) if mount.kind == "btrfs"]
    for folder in sorted((root / "sys/fs/btrfs").glob("*/devinfo")):
        at = _mount_point(folder.parent, mounts)
        if at is None:
            continue
        devices = {device.name: kernel.device(at, int(device.name)) for device in folder.glob("*")}
        members = tuple(
            _member(folder / number, path, root)
            for number, (path, _) in sorted(devices.items(), key=lambda item: int(item[0]))
        )
        needed = max((size for _, size in devices.values()), default=None)
        group = MemberGroup(type=_profile(folder.parent), members=members, needed_bytes=needed)
        uuid = folder.parent.name
        done, errors = kernel.replacement(at)
        yield StoreFact(
            kind="btrfs",
            id=uuid,
            name=text_of(folder.parent / "label") or uuid,
            at=at,
            groups=(group,),
            done=done,
            errors=errors,
        )


def _member(folder: Path, path: str | None, root: Path) -> MemberFact:
    if folder.name == _TARGET:
        state = MemberState.JOINING
    elif text_of(folder / "missing") == "1" or not _is_there(path, root):
        # A path that nothing is at any more is no help, and another disk may have it by now.
        return MemberFact(id=folder.name, state=MemberState.MISSING)
    else:
        state = MemberState.FAILED if _has_lost_writes(folder) else MemberState.WELL
    return MemberFact(id=folder.name, path=path, state=state)


def _is_there(path: str | None, root: Path) -> bool:
    return path is not None and (root / path.lstrip("/")).exists()


def _has_lost_writes(folder: Path) -> bool:
    """Whether a device did not take everything; `missing` is only noticed when it is mounted."""
    counts = dict(line.split() for line in (text_of(folder / "error_stats") or "").splitlines())
    return any(int(counts.get(name, 0)) for name in ("write_errs", "flush_errs"))


def _mount_point(folder: Path, mounts: list[Mount]) -> str | None:
    devices = {entry.name for entry in (folder / "devices").glob("*")}
    for mount in mounts:
        if Path(mount.source).resolve().name in devices:
            return mount.target
    return None


def _profile(folder: Path) -> str:
    """How data is spread: `raid1`, or several words while that is being changed."""
    known = (entry.name for entry in (folder / "allocation/data").glob("*") if entry.is_dir())
    return " and ".join(sorted(name for name in known if name != "space_info"))
