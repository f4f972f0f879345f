"""The SSH host keys of the new system, made while its disks are being prepared.

An RSA key takes a processor longer than most steps, and needs no disk. It waits in memory, where
only root can read it, until there is a root file system to put it into.
"""

from __future__ import annotations

import shutil
import stat
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from bedplate.apply.files import inside, put_file
from bedplate.render import target_argv
from bedplate.run import Runner

# Where sshd_config(5) has them by default.
_PLACE = Path("etc/ssh")


@dataclass(slots=True)
class HostKeys:
    """Begun at any time, put into the new system once. `folder` must be in memory."""

    run: Runner
    folder: Path
    _threads: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1))
    _made: Future[None] | None = None

    def begin(self) -> None:
        """Start to make the keys, and come back at once."""
        if self._made is None:
            self._made = self._threads.submit(self._make)

    def put(self, root: Path) -> None:
        """Put the keys below `root`, when they are made; raises what making them raised."""
        self.begin()
        assert self._made is not None
        self._made.result()
        for key in (self.folder / _PLACE).iterdir():
            place = inside(root, f"/{_PLACE / key.name}")
            put_file(place, key.read_bytes(), stat.S_IMODE(key.stat().st_mode))

    def close(self) -> None:
        """Wait for what is being made, and leave no key behind."""
        self._threads.shutdown()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _make(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)  # of a run that was killed
        self.folder.mkdir(mode=0o700, parents=True)
        (self.folder / _PLACE).mkdir(parents=True)
        self.run(target_argv.make_host_keys(self.folder))
