"""What an upgrade of packages would do, and what it has done."""

from __future__ import annotations

from enum import StrEnum

from debian.debian_support import version_compare

from bedplate.model.diagnosis import Diagnosis
from bedplate.model.value import Value


class Package(Value):
    """A package that dpkg knows. `state` is its three letters (`ii `, `iF `), dpkg-query(1)."""

    name: str
    version: str
    state: str

    @property
    def is_there(self) -> bool:
        """Whether its files are, even if it was not set up."""
        return self.state[1:2] in ("i", "t", "W", "F", "U")

    @property
    def is_unfinished(self) -> bool:
        """Whether dpkg was kept from ending what it began with the package."""
        return self.state[1:2] in ("H", "U", "F", "W", "t") or self.state[2:3] == "R"


class Kind(StrEnum):
    """What becomes of a package."""

    INSTALL = "install"
    UPGRADE = "upgrade"
    DOWNGRADE = "downgrade"
    REMOVE = "remove"


class PackageChange(Value):
    """A package with its version before and after; `None` where it is not there."""

    name: str
    kind: Kind
    old: str | None = None
    new: str | None = None

    @classmethod
    def between(cls, name: str, old: str | None, new: str | None) -> PackageChange:
        """What it is to come from one version to another."""
        if old is None:
            kind = Kind.INSTALL
        elif new is None:
            kind = Kind.REMOVE
        else:
            kind = Kind.DOWNGRADE if version_compare(old, new) > 0 else Kind.UPGRADE
        return cls(name=name, kind=kind, old=old, new=new)


class Upgrade(Value):
    """What apt would do. `kept_back` are packages that stay as they are though newer ones exist."""

    changes: tuple[PackageChange, ...] = ()
    kept_back: tuple[str, ...] = ()

    def of(self, kind: Kind) -> tuple[PackageChange, ...]:
        """The changes of one kind."""
        return tuple(change for change in self.changes if change.kind is kind)


class Outcome(Value):
    """What an upgrade came to.

    `changed` is what dpkg knows to be different now, `reboot` why the host should be restarted,
    `set_aside` the new versions of configuration files that somebody has changed here. Without a
    `diagnosis` nobody could look at what starts the host.
    """

    changed: tuple[PackageChange, ...] = ()
    reboot: tuple[str, ...] = ()
    set_aside: tuple[str, ...] = ()
    diagnosis: Diagnosis | None = None
