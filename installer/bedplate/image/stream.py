"""The base system as a ZFS stream, made once for a base tree.

Only a kernel with ZFS can make one, so a machine does: it starts the base's own kernel, unpacks the
base into a pool on a scratch disk, and writes the stream to a third one. How a machine is run is
known to those who pass a `RunJob`.
"""

from __future__ import annotations

import re
import shutil
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bedplate.errors import ApplyError, Problem
from bedplate.image.cache import digest_file, key_of
from bedplate.image.progress import Stage
from bedplate.image.squash import OPTIONS, squash
from bedplate.model.artefacts import STREAM
from bedplate.render.initramfs import render_archive
from bedplate.run import run
from bedplate.units import GIB

SCRIPT: Final = "make-stream.sh"
# Those of the layouts with a pool, as far as they decide how files lie on the disks; zfsprops(7).
PROPERTIES: Final[Mapping[str, str]] = {
    "acltype": "posix",
    "compression": "lz4",
    "dnodesize": "auto",
    "xattr": "sa",
}

_FORMAT = "1"
_ROOM_BYTES = 8 * GIB
_SENT = re.compile(r"bedplate-stream (\d+)")
_PERCENT = re.compile(r"(\d{1,3})%?")
# A kernel that misses its first program says a lot about that.
_TAIL_LINES = 50
# What is unpacked is sent afterwards, which takes less time.
_UNPACKED = 0.75


@dataclass(frozen=True, slots=True)
class Drive:
    """A raw image file as a disk; disks are /dev/vda and so on, in order."""

    path: Path
    read_only: bool = False


@dataclass(frozen=True, slots=True)
class Job:
    """A machine that does one thing and powers itself off."""

    kernel: Path
    initrd: Path
    cmdline: str
    drives: tuple[Drive, ...]


# Runs a job to its end, and passes on what its console says, line by line.
RunJob = Callable[[Job, Callable[[str], None]], None]


def stream_key(base: str, images: Path) -> str:
    """The cache key of the stream of the base tree with the key `base`."""
    properties = (f"{name}={value}" for name, value in PROPERTIES.items())
    return key_of(_FORMAT, base, *OPTIONS, digest_file(images / SCRIPT), *properties)


def build_stream(
    tree: Path, kernel: str, images: Path, target: Path, stage: Stage, run_job: RunJob
) -> None:
    """Write the stream of a base tree with the kernel release `kernel` into the folder `target`.

    Raises `CommandError` if a tool fails, `ApplyError` if the machine does not make a stream.
    """
    scratch = target / "scratch"
    scratch.mkdir()
    base, pool, stream = scratch / "base", scratch / "pool", target / STREAM
    squash(tree, base, stage=stage, run=run)
    for path in (pool, stream):
        with path.open("wb") as file:
            file.truncate(_ROOM_BYTES)
    job = Job(
        kernel=tree / "boot" / f"vmlinuz-{kernel}",
        initrd=_make_initrd(tree / "boot" / f"initrd.img-{kernel}", images, scratch / "initrd"),
        cmdline=_cmdline(),
        drives=(Drive(base, read_only=True), Drive(pool), Drive(stream)),
    )
    heard = _Console(stage)
    run_job(job, heard)
    with stream.open("r+b") as file:
        file.truncate(heard.sent_bytes())
    shutil.rmtree(scratch)


def _cmdline() -> str:
    """What is behind the dashes are arguments of the first program; see the kernel's bootparam."""
    properties = " ".join(f"{name}={value}" for name, value in PROPERTIES.items())
    return f"console=ttyS0 quiet loglevel=4 panic=-1 rdinit=/make-stream -- {properties}"


def _make_initrd(initrd: Path, images: Path, target: Path) -> Path:
    """The base's own initramfs with the script in it; an archive must start on a boundary."""
    own = initrd.read_bytes()
    script = (images / SCRIPT).read_bytes()
    archive = render_archive({"/make-stream": (0o755, script)})
    target.write_bytes(own + bytes(-len(own) % 512) + archive)
    return target


class _Console:
    """Listens to the machine: how far it is, and in the end how long the stream is."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._sent: int | None = None
        self._last: deque[str] = deque(maxlen=_TAIL_LINES)

    def __call__(self, line: str) -> None:
        text = line.strip()
        if percent := _PERCENT.fullmatch(text):
            done = min(int(percent[1]), 100) / 100 * _UNPACKED
            self._stage.progress(done, "unpacking into a pool")
            return
        self._last.append(text)
        if sent := _SENT.fullmatch(text):
            self._sent = int(sent[1])

    def sent_bytes(self) -> int:
        """Raises `ApplyError` if the machine ended before it had made the stream."""
        if self._sent is None:
            said = "\n".join(line for line in self._last if line)
            message = f"the machine that makes it ended too soon; it said:\n{said}"
            raise ApplyError(Problem("stream-not-made", STREAM, message))
        return self._sent
