"""The tables of an answer file that are bedplate's own: how a host is set up.

They are acted on by an installation and by `bedplate config` alike. Only the shape is stated here.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field
from pydantic.json_schema import WithJsonSchema

from bedplate.config.table import SecretText, Table

Mib = Annotated[int, Field(ge=0, le=2**30)]


def _number_as_text(value: object) -> object:
    return str(value) if type(value) is int else value


NumberOrText = Annotated[
    str, BeforeValidator(_number_as_text), WithJsonSchema({"type": ["string", "integer"]})
]


class TimeTable(Table):
    """`[time]`: where the time comes from."""

    servers: list[str] | None = Field(None, description="names or addresses of NTP servers")
    fallback_servers: list[str] | None = Field(
        None, description="NTP servers for when no other is known"
    )


class RelayTable(Table):
    """`mail.relay`: the server that takes the host's mail."""

    REQUIRED = ("host",)

    host: str | None = Field(None, description="name or address of the mail server")
    port: int | None = Field(None, ge=1, le=65535, description="its TCP port")
    security: Literal["tls", "starttls", "none"] = Field(
        "starttls", description="how the connection is encrypted"
    )
    verify: bool = Field(True, description="whether the server's certificate must be valid")
    user: str | None = Field(None, description="who logs in to it")
    password: SecretText | None = Field(None, description="the password of `user`")


class MailTable(Table):
    """`[mail]`: the way that mail of this host takes."""

    sender: str | None = Field(None, description="the address that all mail of the host is from")
    relay: RelayTable | None = Field(None, description="a mail server that takes all mail")


class SmartTable(Table):
    """`[smart]`: how smartd watches the disks."""

    self_tests: bool | None = Field(None, description="short ones daily, long ones weekly")
    temperature: int | None = Field(
        None, ge=20, le=100, description="degrees Celsius at which a mail is sent"
    )


class PoolTable(Table):
    """`zfs.pool.NAME`: a pool that is there."""

    autotrim: bool | None = Field(None, description="tell disks of freed blocks at once")
    scrub: Literal["weekly", "monthly", "never"] | None = Field(
        None, description="how often all data is read and checked"
    )


class EncryptedTable(Table):
    """`zfs.encrypted.NAME`: a dataset with a key of its own."""

    REQUIRED = ("key",)

    key: Literal["passphrase", "file"] | None = Field(
        None, description="where the key comes from, `passphrase` or `file`"
    )
    passphrase: SecretText | None = Field(None, description="the passphrase, 8 characters up")


class ZfsSettingsTable(Table):
    """`[zfs]`: the ARC, and pools and datasets by name."""

    arc_max: Mib | None = Field(None, description="upper size of the ARC in MiB")
    arc_min: Mib | None = Field(None, description="lower size of the ARC in MiB")
    pool: dict[str, PoolTable] = Field({}, description="a pool, by its name")
    dataset: dict[str, dict[str, str]] = Field(
        {}, description="properties of a dataset, by its full name"
    )
    encrypted: dict[str, EncryptedTable] = Field(
        {}, description="a dataset to encrypt, by its full name"
    )


class SwapTable(Table):
    """`[swap]`."""

    swappiness: int | None = Field(None, ge=0, le=200, description="how soon the kernel swaps")
    devices: list[str] | None = Field(
        None, description="partitions or logical volumes to swap to, below /dev"
    )


class SshTable(Table):
    """`node.ssh`."""

    root_login: Literal["yes", "prohibit-password", "no"] | None = Field(
        None, description="whether root may log in over SSH"
    )
    passwords: bool | None = Field(None, description="whether passwords are taken over SSH")
    port: int | None = Field(None, ge=1, le=65535, description="the TCP port of SSH")


class AdminTable(Table):
    """`node.admin`: a user who may do everything with sudo."""

    REQUIRED = ("name",)

    name: str | None = Field(None, description="the user's name")
    full_name: str = Field("", description="the user's name among people")
    ssh_keys: list[str] = Field([], description="public keys that may log in as this user")
    password: SecretText | None = Field(None, description="the password, 8 characters up")
    password_hashed: SecretText | None = Field(None, description="the password as a crypt(5) hash")
    sudo_without_password: bool = Field(False, description="whether sudo asks for no password")


class NodeTable(Table):
    """`[node]`: the host among others."""

    description: str | None = Field(None, description="what the host is for, on one line")
    locale: str | None = Field(None, description="language and country, such as de_AT.UTF-8")
    hosts: dict[str, list[str]] = Field({}, description="names of other hosts, by address")
    sysctl: dict[str, NumberOrText] = Field({}, description="the kernel's parameters, by name")
    wake_on_lan: list[str] | None = Field(
        None, description="MAC addresses of the cards that a magic packet wakes the host by"
    )
    ssh: SshTable | None = Field(None, description="who may log in over SSH")
    admin: AdminTable | None = Field(None, description="a user who may use sudo")
