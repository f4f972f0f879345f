"""What a disk says of its own health: SMART, and what NVMe and SCSI have in its place."""

from __future__ import annotations

from enum import StrEnum

from bedplate.model.facts import describe_disk
from bedplate.model.value import Value


class SmartState(StrEnum):
    """What came of asking a disk.

    `off` is a disk that could tell and was told not to, `none` one that has nothing to tell (a
    virtual disk, a memory card, most USB sticks), `silent` one that should answer and does not,
    `asleep` one that stands still and was not to be woken.
    """

    TELLS = "tells"
    OFF = "off"
    NONE = "none"
    SILENT = "silent"
    ASLEEP = "asleep"


class SmartFact(Value):
    """The answer of a disk, by the disk's id. What a kind of disk does not count is `None`.

    `passed` is the disk's own verdict. Of ATA are the sectors and `failed_attributes`, the names of
    those below the limit at which the maker expects a failure; of SCSI `grown_defects`; of NVMe
    `critical_warning` (bits), `percentage_used` and the spare blocks; of the last two
    `media_errors`, all that they could not correct so far. `said` is why there is no answer.
    """

    disk: str
    state: SmartState
    said: str | None = None
    passed: bool | None = None
    failed_attributes: tuple[str, ...] = ()
    reallocated_sectors: int | None = None
    pending_sectors: int | None = None
    uncorrectable_sectors: int | None = None
    grown_defects: int | None = None
    critical_warning: int | None = None
    media_errors: int | None = None
    percentage_used: int | None = None
    spare_percent: int | None = None
    spare_limit_percent: int | None = None
    temperature_celsius: int | None = None
    power_on_hours: int | None = None


class Condition(StrEnum):
    """What is to be thought of a disk.

    A `failing` one says that it will fail, or has; an `ailing` one does not, though it could not
    read everything or is worn out. Of the others too little is known.
    """

    WELL = "well"
    AILING = "ailing"
    FAILING = "failing"
    SILENT = "silent"
    ASLEEP = "asleep"
    OFF = "off"
    UNKNOWN = "unknown"


class DiskHealth(Value):
    """A disk, what is to be thought of it, and every reason for that."""

    disk: str
    path: str
    model: str | None = None
    serial: str | None = None
    slot: str | None = None
    condition: Condition
    reasons: tuple[str, ...] = ()
    smart: SmartFact

    def describe(self) -> str:
        """Model, serial and path in one line, for people."""
        return describe_disk(self.model, self.serial, self.path)
