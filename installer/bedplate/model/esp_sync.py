"""What is to be done to the ESPs of a host, as data: a lane of steps for each of them.

The order within a lane is what keeps an ESP bootable at every moment: kernels are there before a
menu names them, and no menu names them any more when they go.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from bedplate.errors import Problem
from bedplate.model.nvram import NvramPlan
from bedplate.model.value import Value


class Stage(StrEnum):
    """The parts of a lane, in order. After each the file system is synced."""

    MEND = "mend"
    ROOM = "make-room"
    KERNELS = "kernels"
    LOADERS = "loaders"
    MENUS = "menus"
    STALE_ENTRIES = "stale-entries"
    STALE_FILES = "stale-files"


class PutFile(Value):
    """A file to be: a copy of `source` on the host, if still that of `mtime_ns`, or a text."""

    path: str
    size_bytes: int
    sha256: str
    source: str | None = None
    mtime_ns: int | None = None
    content: str | None = None


class _Step(Value):
    stage: Stage
    summary: str


class MendFat(_Step):
    """Check and mend a file system that was not unmounted; what is on it may differ afterwards."""

    kind: Literal["mend-fat"] = "mend-fat"


class PutFiles(_Step):
    """Write files that belong together: each is whole before any has its name."""

    kind: Literal["put-files"] = "put-files"
    files: tuple[PutFile, ...]


class RemoveFiles(_Step):
    """Remove files, and the folders of kernels that are empty then."""

    kind: Literal["remove-files"] = "remove-files"
    paths: tuple[str, ...]


EspStep = Annotated[MendFat | PutFiles | RemoveFiles, Field(discriminator="kind")]


class Lane(Value):
    """One ESP and what it lacks; nothing, if there are no steps and no GRUB to install.

    `title` is the model, serial and path of its disk. `kernels` are those that will be on it, the
    newest first; `left_out` are selected too, and there is no room for them.
    """

    disk: str
    title: str
    path: str
    number: int
    fat_id: str
    kernels: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    steps: tuple[EspStep, ...] = ()
    install_bios_grub: bool = False

    @property
    def is_in_sync(self) -> bool:
        """Whether there is nothing to do."""
        return not self.steps and not self.install_bios_grub

    @property
    def is_to_be_mended(self) -> bool:
        """Whether it has to be mended, and looked at again, before anything else."""
        return any(isinstance(step, MendFat) for step in self.steps)

    def describe(self) -> str:
        """Where it is, for people."""
        return f"{self.path} ({self.title})"


class SyncPlan(Value):
    """What to do to each ESP that can be synced, and what is wrong with the others.

    `nvram` are the changes that make the firmware know every ESP.
    """

    version: Literal[1] = 1
    lanes: tuple[Lane, ...] = ()
    nvram: NvramPlan = Field(default_factory=NvramPlan)
    problems: tuple[Problem, ...] = ()

    @property
    def is_in_sync(self) -> bool:
        """Whether there is nothing to do, where something can be done."""
        return self.nvram.is_empty and all(lane.is_in_sync for lane in self.lanes)
