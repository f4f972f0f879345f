"""Servers that points are sent to: sections of /etc/pve/status.cfg, and what sending needs of them.

Manual: External Metric Server.
"""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field

from bedplate.model.invalid import key_path
from bedplate.model.secret import Secret
from bedplate.model.value import Value

STATUS_CFG: Final = "/etc/pve/status.cfg"
GRAPHITE_PORT: Final = 2003
INFLUXDB_PORT: Final = 8089

TOKENS: Final = "/etc/pve/priv/metricserver"
"""The folder with their tokens, which are not in status.cfg."""

MetricKind = Literal["graphite", "influxdb"]


def token_path(name: str) -> str:
    """Where the token of a server is kept."""
    return f"{TOKENS}/{name}.pw"


class MetricEntry(Value):
    """A server as it is stated: the options, in order, that status.cfg is to have of it.

    With `has_token` the token is kept in a file of its own.
    """

    kind: MetricKind
    name: str
    options: tuple[tuple[str, str], ...]
    has_token: bool = False

    @property
    def key(self) -> str:
        """Its table in the answer file."""
        return key_path(("metrics", self.kind, self.name))

    @property
    def secret(self) -> str:
        """The key of its token in the answer file."""
        return f"{self.key}.token"


class Graphite(Value):
    """A Graphite server: lines of text over UDP or TCP; `timeout` in seconds, `mtu` in bytes."""

    name: str
    server: str
    port: int = Field(GRAPHITE_PORT, ge=1, le=65535)
    path: str = "proxmox"
    proto: Literal["udp", "tcp"] = "udp"
    mtu: int = Field(1500, ge=512, le=65536)
    timeout: int = Field(1, ge=0, le=10)
    disable: bool = False


class InfluxDb(Value):
    """An InfluxDB server: its line protocol over UDP, or over HTTP by the API of its version 2."""

    name: str
    server: str
    port: int = Field(INFLUXDB_PORT, ge=1, le=65535)
    proto: Literal["udp", "http", "https"] = "udp"
    organization: str = "proxmox"
    bucket: str = "proxmox"
    mtu: int = Field(1500, ge=512, le=65536)
    timeout: int = Field(1, ge=1)
    max_body_size: int = Field(25_000_000, ge=1)
    verify_certificate: bool = True
    api_path_prefix: str = ""
    disable: bool = False
    token: Secret | None = None


MetricServer = Graphite | InfluxDb
