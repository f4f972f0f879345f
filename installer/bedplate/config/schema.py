"""The answer file as it is written: its tables, their keys and the type of each value.

Keys and tables are those of a Proxmox answer file, plus those that docs/answer-file.md calls
bedplate's own. Only the shape is stated here; `[network]` is in `bedplate.config.network_schema`,
what is beside the original's tables in `bedplate.config.settings_schema`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag

from bedplate.config.first_boot_schema import FirstBootTable
from bedplate.config.hooks_schema import HooksTable
from bedplate.config.metrics_schema import MetricsTable
from bedplate.config.network_schema import NetworkTable
from bedplate.config.repositories_schema import RepositoriesTable
from bedplate.config.settings_schema import (
    MailTable,
    NodeTable,
    SmartTable,
    SwapTable,
    TimeTable,
    ZfsSettingsTable,
)
from bedplate.config.table import Filter, LowerCase, SecretText, Table
from bedplate.model.layout import Raid

Keyboard = Literal[
    "de", "de-ch", "dk", "en-gb", "en-us", "es", "fi", "fr", "fr-be", "fr-ca", "fr-ch", "hu", "is",
    "it", "jp", "lt", "mk", "nl", "no", "pl", "pt", "pt-br", "se", "si", "tr",
]  # fmt: skip
Filesystem = Literal["ext4", "xfs", "zfs", "btrfs"]
ZfsRaid = Literal["raid0", "raid1", "raid10", "raidz-1", "raidz-2", "raidz-3"]
BtrfsRaid = Literal["raid0", "raid1", "raid10"]
Transport = Literal["nvme", "usb", "iscsi", "fc", "sas", "sata", "mmc", "virtio", "pmem"]
Gib = Annotated[float, Field(ge=0, le=2**24, allow_inf_nan=False)]
WholeDiskGib = Annotated[float, Field(ge=2, le=2**24, allow_inf_nan=False)]


def _fqdn_form(value: object) -> str:
    return "table" if isinstance(value, dict) else "text"


class FqdnTable(Table):
    """`global.fqdn` as a table: the host is named by its network."""

    REQUIRED = ("source",)

    source: Literal["from-dhcp"] | None = Field(None, description="who names the host")
    domain: str | None = Field(None, description="the domain, whatever the DHCP server says")


class GlobalTable(Table):
    """`[global]`: the host as a whole."""

    REQUIRED = ("country", "fqdn", "keyboard", "mailto", "timezone")

    country: str | None = Field(None, description="two letters of ISO 3166, lower case")
    fqdn: (
        Annotated[
            Annotated[str, Tag("text")] | Annotated[FqdnTable, Tag("table")],
            Discriminator(_fqdn_form),
        ]
        | None
    ) = Field(None, description='the host\'s full name, or { source = "from-dhcp" }')
    keyboard: Keyboard | None = Field(None, description="keyboard layout of the console")
    mailto: str | None = Field(None, description="where mail to root goes")
    timezone: str | None = Field(None, description="time zone such as Europe/Vienna, or UTC")
    root_password: SecretText | None = Field(None, description="root's password, 8 characters up")
    root_password_hashed: SecretText | None = Field(
        None, description="root's password as a crypt(5) hash"
    )
    root_ssh_keys: list[str] = Field([], description="public keys that may log in as root")
    reboot_on_error: bool = Field(False, description="restart when the install fails")
    reboot_mode: Literal["reboot", "power-off"] = Field(
        "reboot", description="what happens after the install"
    )
    subscription_key: str | None = Field(None, description="subscription key")


class EncryptionTable(Table):
    """`disk-setup.zfs.encryption`."""

    REQUIRED = ("key",)

    key: Literal["passphrase", "file"] | None = Field(
        None, description="where the key comes from, `passphrase` or `file`"
    )
    passphrase: SecretText | None = Field(None, description="the passphrase, 8 characters up")
    dataset: str = Field("data", description="name of the dataset below the pool")


class ZfsTable(Table):
    """`disk-setup.zfs`."""

    raid: Annotated[ZfsRaid, LowerCase] | None = Field(
        None, description=f"one of {', '.join(Raid)}"
    )
    ashift: int | None = Field(None, ge=9, le=16, description="sector size of the pool, 2 to this")
    arc_max: int | None = Field(None, ge=0, le=2**30, description="upper size of the ARC in MiB")
    checksum: Literal["on", "fletcher4", "sha256"] | None = Field(
        None, description="checksum of the data"
    )
    compress: Literal["on", "off", "lzjb", "lz4", "zle", "gzip", "zstd"] | None = Field(
        None, description="compression of the data"
    )
    copies: int | None = Field(None, ge=1, le=3, description="copies of every block")
    hdsize: WholeDiskGib | None = Field(None, description="use only so many GiB of each disk")
    swapsize: Gib | None = Field(None, description="size of a swap partition on each disk in GiB")
    dataset: dict[str, dict[str, str]] = Field(
        {}, description="properties of a dataset, by its name below the pool"
    )
    encryption: EncryptionTable | None = Field(None, description="a dataset to encrypt")


class BtrfsTable(Table):
    """`disk-setup.btrfs`."""

    raid: Annotated[BtrfsRaid, LowerCase] | None = Field(
        None, description="one of raid0, raid1, raid10"
    )
    compress: Literal["on", "off", "zlib", "lzo", "zstd"] | None = Field(
        None, description="compression of the data"
    )
    hdsize: WholeDiskGib | None = Field(None, description="use only so many GiB of each disk")


class LvmTable(Table):
    """`disk-setup.lvm`; every size is in GiB."""

    hdsize: WholeDiskGib | None = Field(None, description="use only so many GiB of the disk")
    swapsize: Gib | None = Field(None, description="size of the swap volume, 0 for none")
    maxroot: Gib | None = Field(None, description="upper size of the root volume")
    maxvz: Gib | None = Field(None, description="upper size of the data volume, 0 for none")
    minfree: Gib | None = Field(None, description="what stays free in the volume group")


class SelectTable(Table):
    """`disk-setup.select`: what a disk has to be, in every respect that is stated."""

    min_size: Gib | None = Field(None, description="smallest size in GiB")
    max_size: Gib | None = Field(None, description="largest size in GiB")
    transport: list[Transport] | None = Field(None, description="how it is attached, any of these")
    rotational: bool | None = Field(None, description="whether it is a spinning disk")
    removable: bool | None = Field(None, description="whether its medium can be taken out")
    model: str | None = Field(None, description="glob on the model")
    serial: str | None = Field(None, description="glob on the serial number")
    wwn: str | None = Field(None, description="glob on the WWN")
    path: str | None = Field(None, description="glob on the device name or the place on the bus")
    property: Filter | None = Field(None, description="udev property to glob; all have to match")
    count: int | None = Field(None, ge=1, description="how many disks have to match, exactly")
    at_least: int | None = Field(None, ge=1, description="how many disks have to match at least")


class DisksTable(Table):
    """What every table that chooses disks has."""

    disk_list: list[str] | None = Field(None, description="names of the disks, in this order")
    filter: Filter | None = Field(None, description="udev property to glob, to choose disks")
    filter_match: Literal["any", "all"] | None = Field(
        None, description="whether one property of `filter` is enough or all must match"
    )
    select: SelectTable | None = Field(None, description="criteria, to choose disks")


class SpecialTable(DisksTable):
    """`disk-setup.special`: the disks of a special device."""

    hdsize: WholeDiskGib | None = Field(None, description="use only so many GiB of each disk")
    logsize: Gib | None = Field(None, description="size of a log partition on each disk in GiB")
    cachesize: Gib | None = Field(None, description="size of a cache partition on each disk in GiB")
    small_blocks: str | None = Field(
        None, description="blocks up to this size go to the special device, such as 4K"
    )


class DiskSetupTable(DisksTable):
    """`[disk-setup]`: which disks, and what is built on them."""

    filesystem: Filesystem | None = Field(None, description="root file system")
    layout: str | None = Field(None, description="name of a layout, instead of `filesystem`")
    special: SpecialTable | None = Field(None, description="disks of a special device")
    wipe: Literal["yes"] | None = Field(
        None, description="also disks that are not blank, where none is named"
    )
    unmount: Literal["yes"] | None = Field(
        None, description="unmount and export what is in use on the chosen disks"
    )
    rename: Literal["yes"] | None = Field(
        None, description="rename pools and volume groups on other disks that are in the way"
    )
    zfs: ZfsTable | None = Field(None, description="details of a ZFS root")
    btrfs: BtrfsTable | None = Field(None, description="details of a btrfs root")
    lvm: LvmTable | None = Field(None, description="details of an ext4 or xfs root")
    accept_small_disk: bool = Field(False, description="install on disks below 8 GiB, too")
    slack: bool = Field(
        True, description="leave room for a slightly smaller replacement of a redundant disk"
    )
    free: Gib | None = Field(None, description="GiB left unused at the end of each disk")


class WebhookTable(Table):
    """`[post-installation-webhook]`."""

    REQUIRED = ("url",)

    url: str | None = Field(None, description="where the report of the install is sent")
    cert_fingerprint: str | None = Field(None, description="SHA-256 of the server's certificate")
    auth_token: SecretText | None = Field(None, description="token the server asks for")


class AnswerFile(Table):
    """The whole file."""

    REQUIRED = ("global_", "network", "disk_setup")

    global_: GlobalTable | None = Field(None, description="the host as a whole")
    network: NetworkTable | None = Field(None, description="the address of the host")
    disk_setup: DiskSetupTable | None = Field(None, description="which disks, and how")
    repositories: RepositoriesTable | None = Field(None, description="where packages come from")
    post_installation_webhook: WebhookTable | None = Field(None, description="report when done")
    first_boot: FirstBootTable | None = Field(None, description="program of the first start")
    hooks: HooksTable | None = Field(None, description="programs that run during the install")
    time: TimeTable | None = Field(None, description="where the time comes from")
    mail: MailTable | None = Field(None, description="the way that mail takes")
    smart: SmartTable | None = Field(None, description="how disks are watched")
    zfs: ZfsSettingsTable | None = Field(None, description="the ARC, pools and datasets")
    swap: SwapTable | None = Field(None, description="what is swapped to, and how soon")
    node: NodeTable | None = Field(None, description="the host among others")
    metrics: MetricsTable | None = Field(None, description="where points are sent")
