"""Kinds of disks that lab machines do not have of themselves, as words for QEMU.

They are there from power-on: most of them cannot be plugged in.
"""

from __future__ import annotations

import json
from pathlib import Path

from bedplate.run import run
from bedplate.units import GIB

CARD_ID = "mmc-QEMU__0xdeadbeef"
"""The one name that an emulated memory card can have."""


class Hardware:
    """Collects devices; `words` is what a machine gets as `more`. Images are raw, in a folder."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._words: list[str] = []
        self._nodes = 0

    @property
    def words(self) -> tuple[str, ...]:
        """QEMU's options for all that was added."""
        return tuple(self._words)

    def add(self, driver: str, **properties: object) -> None:
        """A device, such as a controller."""
        self._words += ["-device", json.dumps({"driver": driver, **properties})]

    def add_disk(self, driver: str, *, size_bytes: int = 16 * GIB, **properties: object) -> None:
        """A device with a blank disk of its own behind it."""
        self.add(driver, drive=self.add_image(size_bytes), **properties)

    def add_image(self, size_bytes: int) -> str:
        """A blank image that nothing uses yet; returns its node."""
        self._nodes += 1
        path = self._folder / f"more{self._nodes}.raw"
        run(["truncate", f"--size={size_bytes}", path])
        return self._node(path)

    def add_view(self, node: str) -> str:
        """A second node over the image of another one, as a second path to one disk."""
        self._nodes += 1
        return self._node(self._folder / f"{node}.raw")

    def _node(self, path: Path) -> str:
        name = f"more{self._nodes}"
        unflushed = {"no-flush": True}
        file = {"driver": "file", "filename": str(path), "locking": "off", "cache": unflushed}
        node = {"node-name": name, "driver": "raw", "file": file, "cache": unflushed}
        self._words += ["-blockdev", json.dumps(node)]
        return name
