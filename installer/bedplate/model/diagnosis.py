"""Whether a host would start from each of its boot disks, and why not."""

from __future__ import annotations

from typing import Final

from bedplate.errors import Problem
from bedplate.model.facts import FirmwareKind
from bedplate.model.value import Value


class Verdict(Value):
    """What becomes of a start from one disk alone under one firmware.

    With `faults` the disk would not start the host as it should; `warnings` do not prevent it.
    `started` is the version of the kernel that came up where the start was tried.
    """

    firmware: FirmwareKind
    started: str | None = None
    faults: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()


class BootDisk(Value):
    """A boot disk by its stable id. `title` is model, serial and path, `esp` where its ESP is.

    Without `esp` nothing on one has a part in how the host starts. `esp_in_sync` says whether a
    sync would leave it alone, `esp_free_bytes` how much room it has, if it could be read.
    """

    disk: str
    title: str
    esp: str | None = None
    esp_in_sync: bool | None = None
    esp_free_bytes: int | None = None
    verdicts: tuple[Verdict, ...]

    @property
    def is_well(self) -> bool:
        """Whether nothing is wrong with it."""
        return not any(verdict.faults or verdict.warnings for verdict in self.verdicts)


class Diagnosis(Value):
    """All boot disks that are there, and what is wrong with the host whatever it starts from.

    `notes` are sentences about what is as it should be, and worth knowing.
    """

    version: int = 1
    disks: tuple[BootDisk, ...] = ()
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def is_well(self) -> bool:
        """Whether the host would start from each of its disks, and nothing is to be mended."""
        return not self.problems and all(disk.is_well for disk in self.disks)


LAST_DIAGNOSIS: Final = "/run/bedplate/diagnosis.json"


class DatedDiagnosis(Value):
    """What the doctor said last, and when, in seconds since the epoch."""

    at: float
    diagnosis: Diagnosis
