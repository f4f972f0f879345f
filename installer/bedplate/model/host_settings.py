"""What a running host has of what settings are about, as it was found."""

from __future__ import annotations

from pydantic import Field

from bedplate.model.secret import Secret
from bedplate.model.value import Value


class Paths(Value):
    """What to look at: texts to read, links, files that only have to be there, and texts that are
    nobody's business."""

    texts: tuple[str, ...]
    links: tuple[str, ...]
    keys: tuple[str, ...]
    private: tuple[str, ...]


class FoundProperty(Value):
    """A property of a pool or a dataset; one that is `is_local` was set right there."""

    value: str
    is_local: bool


class FoundDataset(Value):
    """A dataset that is there, with those of its properties that were asked for."""

    properties: dict[str, FoundProperty] = Field(default_factory=dict)


class FoundDevice(Value):
    """A block device: where it really is, what is on it, whether it is mounted or swapped to."""

    path: str
    fstype: str | None = None
    uuid: str | None = None
    in_use: bool = False


class Card(Value):
    """A network card: what may wake the host through it and what does, in ethtool(8)'s letters."""

    name: str
    mac: str
    can_wake_on: str
    wakes_on: str


class HostSettings(Value):
    """The host as found: texts and links by path, the rest by the names that were asked for.

    A name that was asked for and is missing does not exist. `private` are the texts of files whose
    contents are nobody's business. `module` are parameters of the zfs module as it runs.
    """

    texts: dict[str, str] = Field(default_factory=dict)
    links: dict[str, str] = Field(default_factory=dict)
    private: dict[str, Secret] = Field(default_factory=dict)
    memory_bytes: int
    module: dict[str, str] = Field(default_factory=dict)
    root_on_zfs: bool = False
    pools: dict[str, FoundDataset] = Field(default_factory=dict)
    datasets: dict[str, FoundDataset] = Field(default_factory=dict)
    devices: dict[str, FoundDevice] = Field(default_factory=dict)
    sysctls: dict[str, str] = Field(default_factory=dict)
    users: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    hashes: dict[str, Secret] = Field(default_factory=dict)
    cards: tuple[Card, ...] = ()
    keys: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
