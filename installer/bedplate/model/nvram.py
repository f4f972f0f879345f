"""The boot entries that a UEFI firmware keeps in its variables."""

from __future__ import annotations

from bedplate.model.value import Value

LABEL = "bedplate"
"""What the labels of our own entries begin with; see `BootEntry.is_ours`."""


class BootEntry(Value):
    """A variable BootNNNN. `partition_guid` and `loader` are where it starts a file from a GPT.

    `loader` is a path as firmware writes it (`\\EFI\\BOOT\\BOOTX64.EFI`).
    """

    number: int
    label: str
    active: bool = True
    partition_guid: str | None = None
    loader: str | None = None

    @property
    def is_ours(self) -> bool:
        """Whether the entry was made by an install or a sync, by its label."""
        return self.label.split(" ")[0] == LABEL

    @property
    def name(self) -> str:
        """The name of the variable."""
        return variable(self.number)


class BootEntries(Value):
    """All entries, by number, and the order that they are tried in.

    `order` may name entries that are not there. `current` is what this machine was started with,
    `following` what it is to be started with next time only.
    """

    entries: tuple[BootEntry, ...] = ()
    order: tuple[int, ...] = ()
    current: int | None = None
    following: int | None = None


class WantedEntry(Value):
    """An entry that the firmware should have, for the ESP with that partition GUID."""

    partition_guid: str
    label: str
    loader: str


class NewEntry(Value):
    """A wanted entry, and the free number that it gets."""

    number: int
    entry: WantedEntry


class NvramPlan(Value):
    """Entries to remove, entries to add, and the order to set; `None` if that is right as it is."""

    remove: tuple[BootEntry, ...] = ()
    add: tuple[NewEntry, ...] = ()
    order: tuple[int, ...] | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do."""
        return self == NvramPlan()


def variable(number: int) -> str:
    """The name of the variable of an entry: `Boot000A`."""
    return f"Boot{number:04X}"


def boot_label(serial: str | None, disk_id: str) -> str:
    """The label of the entry for a disk: people know a disk by the serial number on it."""
    return f"{LABEL} {serial or disk_id}"
