"""How a host is to be set up beyond what it boots from: what an answer file states, checked.

An installation and `bedplate config` make the same of it. `None`, or nothing in a tuple, means that
nothing is said and nothing is touched.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final, Literal

from pydantic import Field

from bedplate.model.invalid import key_path
from bedplate.model.metric_server import MetricEntry
from bedplate.model.secret import Secret
from bedplate.model.value import Value

RELAY_PASSWORD = "mail.relay.password"
ADMIN_PASSWORD = "node.admin.password"
ADMIN_PASSWORD_HASHED = "node.admin.password-hashed"
ARC_KEY: Final = "zfs.arc-max"
ARC_KEY_OF_THE_ORIGINAL: Final = "disk-setup.zfs.arc-max"
# Whether Debian's own job scrubs a pool; it is a property of the pool's root dataset.
SCRUB_PROPERTY = "org.debian:periodic-scrub"
ZFS_OPTIONS = "/etc/modprobe.d/zfs.conf"


class TimeSettings(Value):
    """Time servers: those to ask, and those to ask when no other is known."""

    servers: tuple[str, ...] = ()
    fallback_servers: tuple[str, ...] = ()


class RelaySecurity(StrEnum):
    """How a connection to a mail relay is encrypted: from the start, after a word, not at all."""

    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"


class Relay(Value):
    """The server that takes this host's mail; with a `user` there is a password beside it."""

    host: str
    port: int
    security: RelaySecurity
    verify: bool = True
    user: str | None = None


class MailSettings(Value):
    """Who reads what is sent to root, and the way that mail takes."""

    root: str | None = None
    sender: str | None = None
    relay: Relay | None = None


class SmartSettings(Value):
    """What smartd does beside looking: self-tests, and a mail at a temperature."""

    self_tests: bool | None = None
    temperature: int | None = None


class Scrub(StrEnum):
    """How often the data of a pool is read and compared with its checksums."""

    WEEKLY = "weekly"
    MONTHLY = "monthly"
    NEVER = "never"


class PoolSettings(Value):
    """A pool that is there."""

    autotrim: bool | None = None
    scrub: Scrub | None = None


class EncryptedDataset(Value):
    """A dataset with a key of its own: a file that is made, or a passphrase that is asked for."""

    name: str
    key: Literal["passphrase", "file"]

    @property
    def secret(self) -> str:
        """The key of its passphrase in the answer file."""
        return key_path(("zfs", "encrypted", self.name, "passphrase"))


class ZfsSettings(Value):
    """Limits of the ARC, and pools and datasets by name.

    `arc_key` is where in the answer file the upper limit stands: that of the original is cut down
    to what the memory allows, as there.
    """

    arc_max_mib: int | None = None
    arc_key: Literal["zfs.arc-max", "disk-setup.zfs.arc-max"] = ARC_KEY
    arc_min_mib: int | None = None
    pools: dict[str, PoolSettings] = Field(default_factory=dict)
    datasets: dict[str, dict[str, str]] = Field(default_factory=dict)
    encrypted: tuple[EncryptedDataset, ...] = ()


class SwapSettings(Value):
    """How soon the kernel swaps, and partitions or volumes to swap to."""

    swappiness: int | None = None
    devices: tuple[str, ...] = ()


class SshSettings(Value):
    """Who may log in over SSH, and how."""

    root_login: Literal["yes", "prohibit-password", "no"] | None = None
    passwords: bool | None = None
    port: int | None = None


class Admin(Value):
    """A user who may do everything with sudo."""

    name: str
    full_name: str = ""
    ssh_keys: tuple[str, ...] = ()
    password: Literal["plain", "hashed"] | None = None
    sudo_without_password: bool = False

    @property
    def secret(self) -> str | None:
        """The key of the password in the answer file."""
        keys = {"plain": ADMIN_PASSWORD, "hashed": ADMIN_PASSWORD_HASHED}
        return None if self.password is None else keys[self.password]


class NodeSettings(Value):
    """The host among others: names, language, the kernel's parameters, who may log in."""

    description: str | None = None
    locale: str | None = None
    hosts: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    sysctl: dict[str, str] = Field(default_factory=dict)
    wake_on_lan: tuple[str, ...] = ()
    ssh: SshSettings = Field(default_factory=SshSettings)
    admin: Admin | None = None


class Settings(Value):
    """All of it. `secrets` are by their keys in the answer file.

    Time zone, keyboard, keys of root, name servers and search domains are those of tables that an
    installation reads anyway; it leaves the last two to its network.
    """

    time: TimeSettings = Field(default_factory=TimeSettings)
    mail: MailSettings = Field(default_factory=MailSettings)
    smart: SmartSettings = Field(default_factory=SmartSettings)
    zfs: ZfsSettings = Field(default_factory=ZfsSettings)
    swap: SwapSettings = Field(default_factory=SwapSettings)
    node: NodeSettings = Field(default_factory=NodeSettings)
    timezone: str | None = None
    keyboard: str | None = None
    metrics: tuple[MetricEntry, ...] = ()
    root_ssh_keys: tuple[str, ...] = ()
    dns: tuple[str, ...] = ()
    search: tuple[str, ...] = ()
    secrets: dict[str, Secret] = Field(default_factory=dict)
