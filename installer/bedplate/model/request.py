"""What the operator asks for: an answer file, checked and in the model's own terms."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from bedplate.errors import Problem, UsageError
from bedplate.model.first_boot import FirstBoot
from bedplate.model.hook import HOOK_SECONDS, Hook
from bedplate.model.network import Interface, IpAddress, IpInterface
from bedplate.model.repository_options import RepositoryOptions
from bedplate.model.secret import Secret, filled
from bedplate.model.settings import Settings
from bedplate.model.value import Value


class RootPassword(Value):
    """The root password, plain or as a crypt(5) hash."""

    text: Secret
    hashed: bool


class Secrets(Value):
    """What carrying out a plan may need and a plan never holds.

    `by_key` are those of files and programs, by their keys in the answer file.
    """

    root_password: RootPassword | None = None
    passphrase: Secret | None = None
    by_key: dict[str, Secret] = Field(default_factory=dict)

    def fill(self, text: str, key: str, where: str) -> Secret:
        """A text in which the secret of that key stands as `MASK`, with the secret itself.

        Raises `UsageError` about `where` if it is not at hand.
        """
        if key not in self.by_key:
            message = f"needs the secret `{key}`, which is not at hand"
            hint = "name the answer file it is in with --answer"
            raise UsageError(Problem("secret-needed", where, message, hint))
        return filled(text, self.by_key[key])


NO_SECRETS = Secrets()


class DiskCriteria(Value):
    """What a disk has to be, in every respect that is stated; texts and properties are globs."""

    min_size_bytes: int | None = None
    max_size_bytes: int | None = None
    transports: tuple[str, ...] = ()
    rotational: bool | None = None
    removable: bool | None = None
    model: str | None = None
    serial: str | None = None
    wwn: str | None = None
    path: str | None = None
    properties: dict[str, str] = Field(default_factory=dict)
    count: int | None = None
    at_least: int | None = None


class DiskSelection(Value):
    """Which disks to use: by name, in this order, by globs on udev properties, or by criteria.

    Only with `wipe` may disks that were not named carry data. `for_original` says that the answer
    file may have been written for the original installer, which reads some filters differently.
    """

    names: tuple[str, ...] = ()
    filters: dict[str, str] = Field(default_factory=dict)
    match: Literal["any", "all"] = "any"
    criteria: DiskCriteria | None = None
    wipe: bool = False
    for_original: bool = False


class LvmOptions(Value):
    """The original's LVM knobs, in bytes; `None` means its own rule decides."""

    hdsize_bytes: int | None = None
    swapsize_bytes: int | None = None
    maxroot_bytes: int | None = None
    maxvz_bytes: int | None = None
    minfree_bytes: int | None = None


class EncryptionOptions(Value):
    """A dataset to encrypt, by its name below the pool; without a passphrase by a key file."""

    dataset: str
    passphrase: Secret | None = None


class SpecialOptions(Value):
    """The disks of a special device, and what else is on them; sizes in bytes, 0 for none."""

    disks: DiskSelection
    hdsize_bytes: int | None = None
    logsize_bytes: int = 0
    cachesize_bytes: int = 0
    small_blocks: str | None = None


class ZfsOptions(Value):
    """The original's ZFS knobs, and ours; `datasets` are properties by name below the pool."""

    ashift: int = 12
    arc_max_mib: int | None = None
    checksum: str = "on"
    compress: str = "on"
    copies: int = 1
    hdsize_bytes: int | None = None
    swapsize_bytes: int = 0
    datasets: dict[str, dict[str, str]] = Field(default_factory=dict)
    encryption: EncryptionOptions | None = None


class BtrfsOptions(Value):
    """The original's btrfs knobs."""

    compress: str = "off"
    hdsize_bytes: int | None = None


class NetworkRequest(Value):
    """What every network may ask for, whatever its interfaces are.

    `dns` may be left to DHCP; without `search` the host's own domain is searched. `pinned` are
    names for cards by MAC address, and `None` if no card is to have a lasting name.
    """

    dns: tuple[IpAddress, ...] = ()
    search: tuple[str, ...] = ()
    ipv6: bool = True
    interfaces_d: bool = True
    pinned: dict[str, str] | None = None


class StaticNetwork(NetworkRequest):
    """One address on the bridge, from the answer file."""

    source: Literal["from-answer"] = "from-answer"
    address: IpInterface
    gateway: IpAddress
    nic_filters: dict[str, str]


class DhcpNetwork(NetworkRequest):
    """The bridge asks the network for its address."""

    source: Literal["from-dhcp"] = "from-dhcp"
    nic_filters: dict[str, str] = Field(default_factory=dict)


class CardChoice(Value):
    """Which card is meant by a name of the answer file: that of a MAC address, or the first that
    any glob on a udev property matches."""

    mac: str | None = None
    filters: dict[str, str] = Field(default_factory=dict)


class StatedNetwork(NetworkRequest):
    """Every interface as the answer file states it.

    A card that is not among `cards` goes by its own name, or by the one that it is pinned to.
    """

    source: Literal["from-tables"] = "from-tables"
    interfaces: tuple[Interface, ...]
    cards: dict[str, CardChoice] = Field(default_factory=dict)


AnyNetwork = Annotated[StaticNetwork | DhcpNetwork | StatedNetwork, Field(discriminator="source")]


class Request(Value):
    """Everything an install is asked to do, before a machine is looked at.

    With `hostname_from_dhcp` the host name is a stand-in until a DHCP server names the host.
    `warnings` are what the operator should know about the answer itself. With `slack`, disks of a
    redundant layout keep room at their end for a slightly smaller replacement; `free_bytes` at the
    end of each disk are not used at all. With `unmount`, what is mounted or imported from the
    chosen disks is let go of; with `rename`, pools and VGs on other disks give up the name that the
    layout needs.
    """

    layout: str
    hostname: str
    domain: str
    hostname_from_dhcp: bool = False
    country: str
    keyboard: str
    timezone: str
    mailto: str
    root_password: RootPassword
    root_ssh_keys: tuple[str, ...] = ()
    reboot_mode: Literal["reboot", "power-off"] = "reboot"
    disks: DiskSelection
    special: SpecialOptions | None = None
    lvm: LvmOptions = Field(default_factory=LvmOptions)
    zfs: ZfsOptions = Field(default_factory=ZfsOptions)
    btrfs: BtrfsOptions = Field(default_factory=BtrfsOptions)
    network: AnyNetwork
    repositories: RepositoryOptions = Field(default_factory=RepositoryOptions)
    accept_small_disk: bool = False
    slack: bool = True
    unmount: bool = False
    rename: bool = False
    free_bytes: int = 0
    settings: Settings = Field(default_factory=Settings)
    first_boot: FirstBoot | None = None
    hooks: tuple[Hook, ...] = ()
    hook_seconds: int = HOOK_SECONDS
    warnings: tuple[str, ...] = ()

    @property
    def secrets(self) -> Secrets:
        """What carrying out the request needs and its plan does not hold."""
        encryption = self.zfs.encryption
        passphrase = None if encryption is None else encryption.passphrase
        return Secrets(
            root_password=self.root_password,
            passphrase=passphrase,
            by_key=self.settings.secrets,
        )

    @property
    def fqdn(self) -> str:
        """Host name and domain."""
        return f"{self.hostname}.{self.domain}" if self.domain else self.hostname
